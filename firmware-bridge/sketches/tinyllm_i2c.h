// Registers of a chip on an I2C bus: on Wire, or on what the sketch defines as TINYLLM_WIRE.
#ifndef TINYLLM_I2C_H
#define TINYLLM_I2C_H

#include <Arduino.h>
#include <Wire.h>

#ifndef TINYLLM_WIRE
#define TINYLLM_WIRE Wire
#endif

namespace tinyllm {

class I2cChip {
 public:
  explicit I2cChip(uint8_t address) : address_(address) {}

  bool write(uint8_t reg, uint8_t value) {
    TINYLLM_WIRE.beginTransmission(address_);
    TINYLLM_WIRE.write(reg);
    TINYLLM_WIRE.write(value);
    return TINYLLM_WIRE.endTransmission() == 0;
  }

  bool read(uint8_t reg, uint8_t *bytes, uint8_t length) {
    TINYLLM_WIRE.beginTransmission(address_);
    TINYLLM_WIRE.write(reg);
    if (TINYLLM_WIRE.endTransmission(false) != 0) return false;
    if (TINYLLM_WIRE.requestFrom(address_, length) != length) return false;
    for (uint8_t i = 0; i < length; i++) bytes[i] = static_cast<uint8_t>(TINYLLM_WIRE.read());
    return true;
  }

  // The value of one register, or -1 when the chip does not answer.
  int read(uint8_t reg) {
    uint8_t byte = 0;
    return read(reg, &byte, 1) ? byte : -1;
  }

 private:
  uint8_t address_;
};

inline int16_t bigEndian(const uint8_t *bytes) { return static_cast<int16_t>(bytes[0] << 8 | bytes[1]); }
inline uint16_t littleEndian(const uint8_t *bytes) { return static_cast<uint16_t>(bytes[1] << 8 | bytes[0]); }

}  // namespace tinyllm

#endif
