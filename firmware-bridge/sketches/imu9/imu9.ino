// A wearable: acceleration, rotation and magnetic field of an MPU-9250 (or MPU-6050, MPU-6500: without the field), a
// hundred times a second. On a swimmer's wrist it feeds the bundle `swim`, on a watch arm `activity`.
//
// Wiring: SDA, SCL, 3V3 and GND of the sensor to those of the board.

#define BOARD_ID "wrist-01"
#define RATE_HZ 100

// #define TINYLLM_MQTT  // publish over WiFi in place of the USB port
#define WIFI_NAME "your-network"
#define WIFI_PASSWORD "its-password"
#define BROKER_HOST "192.168.1.10"
#define BROKER_PORT 1883
#define BROKER_USER "board"
#define BROKER_PASSWORD "from-credentials.json"
#define SITE "home"

#include <tinyllm_i2c.h>
#include <tinyllm_link.h>

// Register maps: InvenSense RM-MPU-9250A-00, AK8963 datasheet.
static const uint8_t SMPLRT_DIV = 0x19, CONFIG = 0x1A, GYRO_CONFIG = 0x1B, ACCEL_CONFIG = 0x1C, INT_PIN_CFG = 0x37,
                     ACCEL_XOUT_H = 0x3B, PWR_MGMT_1 = 0x6B;
static const uint8_t AK8963_WIA = 0x00, AK8963_ST1 = 0x02, AK8963_CNTL1 = 0x0A;

// +-8 g, +-1000 deg/s, 16 bits: a hard stroke stays within.
static const tinyllm::Channel CHANNELS[] = {
    {"accel.x", "g", 1 / 4096.0f},       {"accel.y", "g", 1 / 4096.0f},       {"accel.z", "g", 1 / 4096.0f},
    {"gyro.x", "deg/s", 1 / 32.8f}, {"gyro.y", "deg/s", 1 / 32.8f}, {"gyro.z", "deg/s", 1 / 32.8f},
    {"mag.x", "uT", 0.15f},              {"mag.y", "uT", 0.15f},              {"mag.z", "uT", 0.15f},
};
static tinyllm::Description description = {
    BOARD_ID, "imu9 1.0.0", RATE_HZ, tinyllm::Encoding::Int16, tinyllm::Clock::Boot, CHANNELS, 9};

static tinyllm::I2cChip imu(0x68);
static tinyllm::I2cChip magnetometer(0x0C);
static tinyllm::Link hostLink;
static tinyllm::Board<tinyllm::Link> board(description, hostLink);
static tinyllm::Microseconds boardClock;
static tinyllm::Pace pace(RATE_HZ);
static bool awake = false;

static bool wake() {
  const uint8_t divider = 1000 / RATE_HZ - 1;
  return imu.write(PWR_MGMT_1, 0x01) &&        // clock from the gyroscope
         imu.write(CONFIG, 0x03) &&            // low-pass at 41 to 44 Hz: under half the rate
         imu.write(SMPLRT_DIV, divider) &&     //
         imu.write(GYRO_CONFIG, 0x10) &&       // +-1000 deg/s
         imu.write(ACCEL_CONFIG, 0x10) &&      // +-8 g
         imu.write(INT_PIN_CFG, 0x02);         // the magnetometer answers on the same bus
}

// 16 bits, 100 Hz, without interruption.
static bool wakeMagnetometer() { return magnetometer.read(AK8963_WIA) == 0x48 && magnetometer.write(AK8963_CNTL1, 0x16); }

// -32768 stands for "not measured"; a register at its very end is one step inside.
static int16_t clipped(int16_t raw) { return raw == tinyllm::MISSING ? -32767 : raw; }

static bool measure(int16_t *values) {
  uint8_t bytes[14];  // acceleration, temperature, rotation
  if (!imu.read(ACCEL_XOUT_H, bytes, sizeof bytes)) return false;
  for (int axis = 0; axis < 3; axis++) {
    values[axis] = clipped(tinyllm::bigEndian(bytes + 2 * axis));
    values[3 + axis] = clipped(tinyllm::bigEndian(bytes + 8 + 2 * axis));
  }
  if (description.channelCount < 9) return true;
  values[6] = values[7] = values[8] = tinyllm::MISSING;
  uint8_t field[8];  // state, three axes, state
  if (!magnetometer.read(AK8963_ST1, field, sizeof field)) return true;
  const bool isNew = (field[0] & 0x01) != 0, isOverflown = (field[7] & 0x08) != 0;
  if (!isNew || isOverflown) return true;
  // Its axes lie otherwise in the chip than those of the other two.
  values[6] = static_cast<int16_t>(tinyllm::littleEndian(field + 3));
  values[7] = static_cast<int16_t>(tinyllm::littleEndian(field + 1));
  values[8] = static_cast<int16_t>(-static_cast<int16_t>(tinyllm::littleEndian(field + 5)));
  return true;
}

void setup() {
  hostLink.begin(BOARD_ID);
  TINYLLM_WIRE.begin();
  TINYLLM_WIRE.setClock(400000);
  awake = wake();
  if (!wakeMagnetometer()) description.channelCount = 6;
  board.rowsPerFrame(10);
  board.begin(tinyllm::drawSession(), boardClock.extend(micros()));
}

void loop() {
  const uint32_t now = micros();
  if (pace.isDue(now)) {
    if (pace.missed() > 0) board.drop(pace.missed());
    int16_t values[9];
    awake = awake || wake();
    if (awake && measure(values)) {
      board.row(values, boardClock.extend(now));
    } else {
      awake = false;  // the wire is loose: wake it when it is back
      board.drop(1);
    }
  }
  board.poll(boardClock.extend(micros()));
}
