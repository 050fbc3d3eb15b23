// How an Arduino board reaches its host: over the USB port, or over MQTT where the sketch defines TINYLLM_MQTT (ESP32;
// needs the library PubSubClient) with WIFI_NAME, WIFI_PASSWORD, BROKER_HOST, BROKER_PORT, BROKER_USER, BROKER_PASSWORD
// and SITE before it includes this.
//
//   tinyllm::Link link;                       link.begin("wrist-01");
//   tinyllm::Board<tinyllm::Link> board(DESCRIPTION, link);
#ifndef TINYLLM_LINK_H
#define TINYLLM_LINK_H

#include <Arduino.h>

#include "tinyllm_frames.h"

#ifdef TINYLLM_MQTT
#include <PubSubClient.h>
#include <WiFi.h>
#endif

namespace tinyllm {

// A number that differs from start to start.
inline uint32_t drawSession() {
#ifdef ARDUINO_ARCH_ESP32
  return esp_random();
#else
  uint32_t noise = micros();
  for (int i = 0; i < 64; i++) noise = noise * 1664525u + 1013904223u + static_cast<uint32_t>(analogRead(A0));
  return noise;
#endif
}

#ifdef TINYLLM_MQTT

// Frames as MQTT messages on tinyllm/<SITE>/<board>/readings. While the broker is away they are not taken, and the
// board counts their rows as dropped.
class Link {
 public:
  Link() : mqtt_(wifi_) {}

  void begin(const char *board) {
    board_ = board;
    snprintf(topic_, sizeof topic_, "tinyllm/%s/%s/readings", SITE, board);
    WiFi.mode(WIFI_STA);
    WiFi.begin(WIFI_NAME, WIFI_PASSWORD);  // connects again by itself
    mqtt_.setServer(BROKER_HOST, BROKER_PORT);
    mqtt_.setBufferSize(1024);
  }

  bool send(const uint8_t *frame, size_t length) {
    if (!mqtt_.connected() && !connect()) return false;
    mqtt_.loop();
    return mqtt_.publish(topic_, frame, static_cast<unsigned int>(length));
  }

  bool helloRequested() {
    mqtt_.loop();
    return false;  // over MQTT, HELLO every two seconds has to do
  }

 private:
  // Tries again after 5 to 10 s: many boards do not come back to a broker in the same moment.
  bool connect() {
    if (WiFi.status() != WL_CONNECTED) return false;
    if (static_cast<int32_t>(millis() - retryAtMs_) < 0) return false;
    retryAtMs_ = millis() + 5000 + drawSession() % 5000;
    return mqtt_.connect(board_, BROKER_USER, BROKER_PASSWORD);
  }

  WiFiClient wifi_;
  PubSubClient mqtt_;
  const char *board_ = "";
  char topic_[160] = "";
  uint32_t retryAtMs_ = 0;
};

#else

// Frames over the USB port. 921600 baud carry a hundred times what an IMU sends.
class Link : public SerialTransport<decltype(Serial)> {
 public:
  Link() : SerialTransport<decltype(Serial)>(Serial) {}

  void begin(const char *) {
#ifdef ARDUINO_ARCH_ESP32
    Serial.setTxBufferSize(1024);  // write() returns at once
#endif
    Serial.begin(921600);
  }
};

#endif

// Says when the next sample is due, without drift. What was slept through is told, not caught up with.
class Pace {
 public:
  explicit Pace(float rateHz) : periodUs_(static_cast<uint32_t>(1e6f / rateHz + 0.5f)) {}

  bool isDue(uint32_t nowUs) {
    if (!started_) {
      started_ = true;
      dueUs_ = nowUs;
    }
    if (static_cast<int32_t>(nowUs - dueUs_) < 0) return false;
    const uint32_t lateUs = nowUs - dueUs_;
    missed_ = lateUs / periodUs_;
    dueUs_ += periodUs_ * (missed_ + 1);
    return true;
  }

  // Samples that should have been before this one.
  uint32_t missed() const { return missed_; }

 private:
  uint32_t periodUs_;
  uint32_t dueUs_ = 0;
  uint32_t missed_ = 0;
  bool started_ = false;
};

}  // namespace tinyllm

#endif
