// Where am I: how strongly a few anchors are heard, over Bluetooth (beacons) or WiFi (access points), once a second.
// For the bundle `rssi`, and for models of your own rooms. ESP32.

#define BOARD_ID "badge-01"

// #define SCAN_WIFI     // hear access points in place of Bluetooth beacons
// #define TINYLLM_MQTT  // publish over WiFi in place of the USB port; scan Bluetooth then
#define WIFI_NAME "your-network"
#define WIFI_PASSWORD "its-password"
#define BROKER_HOST "192.168.1.10"
#define BROKER_PORT 1883
#define BROKER_USER "board"
#define BROKER_PASSWORD "from-credentials.json"
#define SITE "home"

#include <math.h>
#include <tinyllm_link.h>
#ifdef SCAN_WIFI
#include <WiFi.h>
#else
#include <BLEDevice.h>
#endif

// Your anchors: the channel that a model reads, and the address which sends, in lower case.
static const tinyllm::Channel CHANNELS[] = {{"rssi.a", "dBm", 1}, {"rssi.b", "dBm", 1}, {"rssi.c", "dBm", 1}};
static const char *const ADDRESSES[] = {"aa:bb:cc:00:00:01", "aa:bb:cc:00:00:02", "aa:bb:cc:00:00:03"};
static const uint8_t ANCHORS = sizeof CHANNELS / sizeof CHANNELS[0];
static_assert(ANCHORS == sizeof ADDRESSES / sizeof ADDRESSES[0], "each channel needs an address");

// A scan of all WiFi channels takes as long as it takes.
#ifdef SCAN_WIFI
#define RATE_HZ 0
#else
#define RATE_HZ 1
#endif
static const tinyllm::Description DESCRIPTION = {
    BOARD_ID, "rssi-scanner 1.0.0", RATE_HZ, tinyllm::Encoding::Float32, tinyllm::Clock::Boot, CHANNELS, ANCHORS};

static tinyllm::Link hostLink;
static tinyllm::Board<tinyllm::Link, 1024> board(DESCRIPTION, hostLink);
static tinyllm::Microseconds boardClock;

// What was heard of each anchor since the last row. The Bluetooth task writes, loop() reads.
static portMUX_TYPE heardLock = portMUX_INITIALIZER_UNLOCKED;
static float sumDbm[ANCHORS];
static uint16_t heard[ANCHORS];

static void hear(const char *address, int dbm) {
  for (uint8_t a = 0; a < ANCHORS; a++) {
    if (strcasecmp(address, ADDRESSES[a]) != 0) continue;
    portENTER_CRITICAL(&heardLock);
    sumDbm[a] += static_cast<float>(dbm);
    heard[a]++;
    portEXIT_CRITICAL(&heardLock);
  }
}

// A row of means; an anchor that was not heard is missing.
static void sendRow(uint32_t now) {
  float values[ANCHORS];
  portENTER_CRITICAL(&heardLock);
  for (uint8_t a = 0; a < ANCHORS; a++) {
    values[a] = heard[a] > 0 ? sumDbm[a] / heard[a] : NAN;
    sumDbm[a] = 0;
    heard[a] = 0;
  }
  portEXIT_CRITICAL(&heardLock);
  board.row(values, boardClock.extend(now));
}

#ifdef SCAN_WIFI

static void startScan() { WiFi.scanNetworks(true, true); }

static void scan() {
  const int found = WiFi.scanComplete();
  if (found == WIFI_SCAN_RUNNING) return;
  for (int i = 0; i < found; i++) hear(WiFi.BSSIDstr(i).c_str(), WiFi.RSSI(i));
  WiFi.scanDelete();
  if (found >= 0) sendRow(micros());
  startScan();
}

#else

static tinyllm::Pace pace(RATE_HZ);

class Ears : public BLEAdvertisedDeviceCallbacks {
  void onResult(BLEAdvertisedDevice device) override {
    hear(device.getAddress().toString().c_str(), device.getRSSI());
  }
};

static void startScan() {
  BLEDevice::init("");
  BLEScan *scanner = BLEDevice::getScan();
  scanner->setAdvertisedDeviceCallbacks(new Ears(), true);  // each advertisement, not each device once
  scanner->setActiveScan(false);
  scanner->setInterval(100);
  scanner->setWindow(99);
  scanner->start(0, nullptr, false);  // for ever
}

static void scan() {
  const uint32_t now = micros();
  if (!pace.isDue(now)) return;
  if (pace.missed() > 0) board.drop(pace.missed());
  sendRow(now);
}

#endif

void setup() {
  hostLink.begin(BOARD_ID);
  startScan();
  board.begin(tinyllm::drawSession(), boardClock.extend(micros()));
}

void loop() {
  scan();
  board.poll(boardClock.extend(micros()));
}
