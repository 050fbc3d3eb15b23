// Gestures over a light sensor: proximity and colour of an APDS-9960, 25 times a second, for the bundle `gesture`. The
// sensor is set as Arduino's own library sets it, with which the training data were recorded.
//
// Wiring: SDA, SCL, 3V3 and GND; on the Arduino Nano 33 BLE Sense it is on the board: set TINYLLM_WIRE.

#define BOARD_ID "desk"
#define RATE_HZ 25

// #define TINYLLM_MQTT  // publish over WiFi in place of the USB port
#define WIFI_NAME "your-network"
#define WIFI_PASSWORD "its-password"
#define BROKER_HOST "192.168.1.10"
#define BROKER_PORT 1883
#define BROKER_USER "board"
#define BROKER_PASSWORD "from-credentials.json"
#define SITE "home"

// #define TINYLLM_WIRE Wire1  // the bus of the sensor on a Nano 33 BLE Sense

#include <tinyllm_i2c.h>
#include <tinyllm_link.h>

// Registers: Broadcom APDS-9960 datasheet.
static const uint8_t ENABLE = 0x80, ATIME = 0x81, PPULSE = 0x8E, CONTROL = 0x8F, CONFIG2 = 0x90, CDATAL = 0x94,
                     PDATA = 0x9C;

static const tinyllm::Channel CHANNELS[] = {
    {"proximity", "count", 1}, {"light.red", "count", 1}, {"light.green", "count", 1}, {"light.blue", "count", 1}};
static const tinyllm::Description DESCRIPTION = {
    BOARD_ID, "gesture-light 1.0.0", RATE_HZ, tinyllm::Encoding::Float32, tinyllm::Clock::Boot, CHANNELS, 4};

static tinyllm::I2cChip sensor(0x39);
static tinyllm::Link hostLink;
static tinyllm::Board<tinyllm::Link> board(DESCRIPTION, hostLink);
static tinyllm::Microseconds boardClock;
static tinyllm::Pace pace(RATE_HZ);
static bool awake = false;

static bool wake() {
  return sensor.write(ENABLE, 0x00) &&
         sensor.write(ATIME, 252) &&     // 11 ms of light
         sensor.write(PPULSE, 0x89) &&   // 10 pulses of 16 us
         sensor.write(CONTROL, 0x02) &&  // gain of the colours x16
         sensor.write(CONFIG2, 0x31) &&  // three times the current for its LED
         sensor.write(ENABLE, 0x07);     // power, colour, proximity
}

static bool measure(float *values) {
  uint8_t colours[8];  // clear, red, green, blue
  const int nearness = sensor.read(PDATA);
  if (nearness < 0 || !sensor.read(CDATAL, colours, sizeof colours)) return false;
  values[0] = static_cast<float>(255 - nearness);  // 255: nothing is near
  for (int c = 1; c < 4; c++) values[c] = static_cast<float>(tinyllm::littleEndian(colours + 2 * c));
  return true;
}

void setup() {
  hostLink.begin(BOARD_ID);
  TINYLLM_WIRE.begin();
  awake = wake();
  board.begin(tinyllm::drawSession(), boardClock.extend(micros()));
}

void loop() {
  const uint32_t now = micros();
  if (pace.isDue(now)) {
    if (pace.missed() > 0) board.drop(pace.missed());
    float values[4];
    awake = awake || wake();
    if (awake && measure(values)) {
      board.row(values, boardClock.extend(now));
    } else {
      awake = false;
      board.drop(1);
    }
  }
  board.poll(boardClock.extend(micros()));
}
