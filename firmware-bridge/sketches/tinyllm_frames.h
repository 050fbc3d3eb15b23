// The wire format of TinyLLM for boards: docs/wire-format.md of the repository. C++11, no heap, no exceptions, no Arduino needed.
//
//   const tinyllm::Channel CHANNELS[] = {{"accel.x", "g", 1}, {"accel.y", "g", 1}, {"accel.z", "g", 1}};
//   const tinyllm::Description DESCRIPTION = {"wrist-01", "imu9 1.0.0", 100, tinyllm::Encoding::Float32,
//                                             tinyllm::Clock::Boot, CHANNELS, 3};
//   tinyllm::SerialTransport<decltype(Serial)> transport(Serial);
//   tinyllm::Board<decltype(transport)> board(DESCRIPTION, transport);
//   tinyllm::Microseconds clock;
//
//   void setup() { Serial.begin(921600); board.begin(esp_random(), clock.extend(micros())); }
//   void loop() {
//     float values[3];
//     if (sensor.read(values)) board.row(values, clock.extend(micros()));
//     board.poll(clock.extend(micros()));  // says HELLO and STATUS when they are due, and when a host asks
//   }
//
// A transport is anything with `bool send(const uint8_t *frame, size_t length)`, false when the frame could not be taken,
// and `bool helloRequested()`. SerialTransport is one for serial lines; the sketches have one for MQTT.
#ifndef TINYLLM_FRAMES_H
#define TINYLLM_FRAMES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace tinyllm {

enum class Encoding : uint8_t { Float32 = 0, Int16 = 1 };
// What times count from: the start of the board, or 1970.
enum class Clock : uint8_t { Boot = 0, Epoch = 1 };
enum class FrameType : uint8_t { Hello = 1, Samples = 2, Status = 3, HelloRequest = 16 };

// A channel's name and unit (docs/mqtt.md lists them). value = raw x scale; 1 for Float32.
struct Channel {
  const char *name;
  const char *unit;
  float scale;
};

struct Description {
  const char *board;     // [a-z0-9][a-z0-9_-]*, at most 63
  const char *firmware;  // name and version, at most 63 characters
  float rateHz;          // rows a second, 0 when they come as they come
  Encoding encoding;
  Clock clock;
  const Channel *channels;
  uint8_t channelCount;  // 1 to 64
};

static const uint8_t MAGIC = 0xA5;
static const uint8_t VERSION = 1;
static const size_t HEADER_BYTES = 20;
static const size_t SAMPLES_HEADER_BYTES = 12;
static const size_t CRC_BYTES = 4;
// An Int16 sample that was not measured; a sensor at the end of its range is -32767. (In Float32 it is NaN.)
static const int16_t MISSING = -32768;
static const uint64_t HELLO_EVERY_US = 2000000;
static const uint64_t STATUS_EVERY_US = 1000000;

// CRC-32C (RFC 3720). Four bits at a time: a table of 64 bytes fits a small board.
inline uint32_t crc32c(const uint8_t *bytes, size_t length) {
  static const uint32_t TABLE[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
                                     0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                     0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
  uint32_t remainder = 0xffffffff;
  for (size_t i = 0; i < length; i++) {
    remainder ^= bytes[i];
    remainder = (remainder >> 4) ^ TABLE[remainder & 15];
    remainder = (remainder >> 4) ^ TABLE[remainder & 15];
  }
  return ~remainder;
}

// Gives micros(), which wraps after 71.6 minutes, its missing upper half. To be called at least that often.
class Microseconds {
 public:
  uint64_t extend(uint32_t micros) {
    if (micros < last_) wraps_++;
    last_ = micros;
    return (static_cast<uint64_t>(wraps_) << 32) | micros;
  }

 private:
  uint32_t last_ = 0;
  uint32_t wraps_ = 0;
};

// One frame in a buffer. What does not fit is left out, and `ok()` is false.
template <size_t Capacity>
class FrameBuffer {
 public:
  void begin(FrameType type, uint32_t session, uint32_t seq, uint64_t timeUs) {
    length_ = 0;
    ok_ = true;
    u8(MAGIC);
    u8(VERSION);
    u8(static_cast<uint8_t>(type));
    u8(0);
    u32(session);
    u32(seq);
    u32(static_cast<uint32_t>(timeUs));
    u32(static_cast<uint32_t>(timeUs >> 32));
  }
  void u8(uint8_t value) {
    if (length_ < Capacity) bytes_[length_++] = value;
    else ok_ = false;
  }
  void u16(uint16_t value) {
    u8(static_cast<uint8_t>(value));
    u8(static_cast<uint8_t>(value >> 8));
  }
  void u32(uint32_t value) {
    u16(static_cast<uint16_t>(value));
    u16(static_cast<uint16_t>(value >> 16));
  }
  void value(float number) {
    uint32_t bits;
    static_assert(sizeof bits == sizeof number, "float must have 32 bits");
    memcpy(&bits, &number, sizeof bits);
    u32(bits);
  }
  void value(int16_t number) { u16(static_cast<uint16_t>(number)); }
  void text(const char *characters) {
    const size_t length = strlen(characters);
    if (length > 255) ok_ = false;
    u8(static_cast<uint8_t>(length));
    for (size_t i = 0; i < length; i++) u8(static_cast<uint8_t>(characters[i]));
  }
  void patch16(size_t at, uint16_t value) {
    bytes_[at] = static_cast<uint8_t>(value);
    bytes_[at + 1] = static_cast<uint8_t>(value >> 8);
  }
  void patch32(size_t at, uint32_t value) {
    patch16(at, static_cast<uint16_t>(value));
    patch16(at + 2, static_cast<uint16_t>(value >> 16));
  }
  void seal() { u32(crc32c(bytes_, length_)); }
  bool ok() const { return ok_; }
  size_t room() const { return Capacity - length_; }
  const uint8_t *data() const { return bytes_; }
  size_t length() const { return length_; }

 private:
  uint8_t bytes_[Capacity];
  size_t length_ = 0;
  bool ok_ = true;
};

// Says when a host has asked for HELLO, byte by byte.
class RequestReader {
 public:
  bool take(uint8_t byte) {
    if (byte != 0) {
      if (length_ < sizeof stuffed_) stuffed_[length_] = byte;
      if (length_ <= sizeof stuffed_) length_++;
      return false;
    }
    const bool asked = length_ == sizeof stuffed_ && isRequest();
    length_ = 0;
    return asked;
  }

 private:
  bool isRequest() const {
    uint8_t frame[HEADER_BYTES + CRC_BYTES];
    size_t zeroAt = stuffed_[0];
    for (size_t i = 1; i < sizeof stuffed_; i++) {
      const bool zero = i == zeroAt;
      frame[i - 1] = zero ? 0 : stuffed_[i];
      if (zero) zeroAt += stuffed_[i];
    }
    const uint8_t *crc = frame + HEADER_BYTES;
    const uint32_t stated = static_cast<uint32_t>(crc[0]) | static_cast<uint32_t>(crc[1]) << 8 |
                            static_cast<uint32_t>(crc[2]) << 16 | static_cast<uint32_t>(crc[3]) << 24;
    return zeroAt == sizeof stuffed_ && frame[0] == MAGIC && frame[1] == VERSION &&
           frame[2] == static_cast<uint8_t>(FrameType::HelloRequest) && crc32c(frame, HEADER_BYTES) == stated;
  }

  uint8_t stuffed_[HEADER_BYTES + CRC_BYTES + 1];
  size_t length_ = 0;
};

// Frames over a serial line: COBS between two zeros, block by block, without a second buffer.
// A port has write(const uint8_t *, size_t), available() and read(), as Arduino's Serial.
template <typename Port>
class SerialTransport {
 public:
  explicit SerialTransport(Port &port) : port_(port) {}

  bool send(const uint8_t *frame, size_t length) {
    static const uint8_t ZERO = 0;
    port_.write(&ZERO, 1);
    size_t at = 0;
    bool more = true;
    while (more) {
      size_t run = 0;
      while (run < 254 && at + run < length && frame[at + run] != 0) run++;
      const uint8_t code = static_cast<uint8_t>(run + 1);
      port_.write(&code, 1);
      if (run > 0) port_.write(frame + at, run);
      at += run;
      more = at < length;
      if (more && run < 254) at++;  // the zero for which the code stands; a block follows it, be it an empty one
    }
    port_.write(&ZERO, 1);
    return true;
  }

  bool helloRequested() {
    bool asked = false;
    while (port_.available() > 0) asked = requests_.take(static_cast<uint8_t>(port_.read())) || asked;
    return asked;
  }

 private:
  Port &port_;
  RequestReader requests_;
};

// A board: numbers its frames and rows, gathers rows into frames, and introduces itself.
// Capacity is the longest frame in bytes; HELLO has to fit: 64 + 22 a channel will do.
template <typename Transport, size_t Capacity = 512>
class Board {
 public:
  Board(const Description &description, Transport &transport)
      : description_(description), transport_(transport) {}

  // `session` is any number that differs from start to start, such as esp_random(). False: HELLO does not fit.
  bool begin(uint32_t session, uint64_t nowUs) {
    session_ = session;
    seq_ = nextRow_ = rowsDropped_ = 0;
    rows_ = 0;
    statusAtUs_ = nowUs;
    return sayHello(nowUs);
  }

  // So many rows go into one frame, if they fit; 1 sends each at once. More cost less, and come later.
  void rowsPerFrame(uint16_t rows) { rowsPerFrame_ = rows; }

  // What was measured at `timeUs`: a value a channel, in the order of the description.
  void row(const float *values, uint64_t timeUs) { addRow(values, timeUs); }
  void row(const int16_t *values, uint64_t timeUs) { addRow(values, timeUs); }

  // Rows that were measured and cannot be sent: they keep their numbers, so that the host knows.
  void drop(uint32_t rows) {
    flush();
    nextRow_ += rows;
    rowsDropped_ += rows;
  }

  // To be called often. Sends what is due.
  void poll(uint64_t nowUs) {
    const bool asked = transport_.helloRequested();
    if (asked || nowUs - helloAtUs_ >= HELLO_EVERY_US) {
      flush();
      sayHello(nowUs);
    }
    if (nowUs - statusAtUs_ >= STATUS_EVERY_US) {
      flush();
      sayStatus(nowUs);
    }
  }

  // Sends the rows gathered so far.
  void flush() {
    if (rows_ == 0) return;
    const uint32_t periodUs = rows_ > 1 ? static_cast<uint32_t>((lastUs_ - firstUs_) / (rows_ - 1u)) : 0;
    frame_.patch32(HEADER_BYTES + 4, periodUs);
    frame_.patch16(HEADER_BYTES + 8, rows_);
    const uint16_t rows = rows_;
    rows_ = 0;
    nextRow_ += rows;
    if (!sendFrame()) rowsDropped_ += rows;
  }

 private:
  template <typename Value>
  void addRow(const Value *values, uint64_t timeUs) {
    const size_t rowBytes = description_.channelCount * sizeof(Value);
    if (rows_ > 0 && (frame_.room() < rowBytes + CRC_BYTES || !follows(timeUs))) flush();
    if (rows_ == 0) {
      beginFrame(FrameType::Samples, timeUs);
      frame_.u32(nextRow_);
      frame_.u32(0);  // period and
      frame_.u16(0);  // rows are written by flush()
      frame_.u8(description_.channelCount);
      frame_.u8(static_cast<uint8_t>(description_.encoding));
      firstUs_ = timeUs;
    }
    for (uint8_t c = 0; c < description_.channelCount; c++) frame_.value(values[c]);
    lastUs_ = timeUs;
    rows_++;
    if (rows_ >= rowsPerFrame_ || description_.rateHz <= 0) flush();
  }

  // Whether a row is near enough to its place in a frame of rows at equal distances.
  bool follows(uint64_t timeUs) const {
    const float periodUs = 1e6f / description_.rateHz;
    const float offUs = static_cast<float>(timeUs - firstUs_) - periodUs * static_cast<float>(rows_);
    return offUs > -periodUs / 2 && offUs < periodUs / 2;
  }

  bool sayHello(uint64_t nowUs) {
    helloAtUs_ = nowUs;
    beginFrame(FrameType::Hello, nowUs);
    frame_.value(description_.rateHz);
    frame_.u8(static_cast<uint8_t>(description_.encoding));
    frame_.u8(static_cast<uint8_t>(description_.clock));
    frame_.u8(description_.channelCount);
    frame_.u8(0);
    frame_.u32(nextRow_);
    frame_.text(description_.board);
    frame_.text(description_.firmware);
    for (uint8_t c = 0; c < description_.channelCount; c++) {
      const Channel &channel = description_.channels[c];
      frame_.value(channel.scale);
      frame_.text(channel.name);
      frame_.text(channel.unit);
    }
    return sendFrame();
  }

  void sayStatus(uint64_t nowUs) {
    statusAtUs_ = nowUs;
    beginFrame(FrameType::Status, nowUs);
    frame_.u32(nextRow_);
    frame_.u32(rowsDropped_);
    sendFrame();
  }

  void beginFrame(FrameType type, uint64_t timeUs) { frame_.begin(type, session_, seq_, timeUs); }
  // Only a frame that went out takes a number.
  bool sendFrame() {
    frame_.seal();
    if (!frame_.ok() || !transport_.send(frame_.data(), frame_.length())) return false;
    seq_++;
    return true;
  }

  const Description &description_;
  Transport &transport_;
  FrameBuffer<Capacity> frame_;
  uint32_t session_ = 0, seq_ = 0, nextRow_ = 0, rowsDropped_ = 0;
  uint16_t rows_ = 0, rowsPerFrame_ = 1;
  uint64_t firstUs_ = 0, lastUs_ = 0, helloAtUs_ = 0, statusAtUs_ = 0;
};

}  // namespace tinyllm

#endif
