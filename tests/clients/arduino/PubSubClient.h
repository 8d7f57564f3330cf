// What PubSubClient 2.8 documents, as far as the sketches use it, and what it is known for: one
// buffer, 256 bytes unless one asks for more, for whatever comes and for the head of what goes;
// messages that do not fit are not delivered; QoS 0 out, 0 and 1 in. MQTT 3.1.1.
#pragma once

#include <vector>

#include "Client.h"

class PubSubClient {
public:
  typedef void (*Callback)(char *topic, uint8_t *payload, unsigned int length);

  explicit PubSubClient(Client &client) : client_(client), buffer_(256) {}
  PubSubClient &setServer(const char *host, uint16_t port) {
    host_ = host;
    port_ = port;
    return *this;
  }
  PubSubClient &setCallback(Callback callback) {
    callback_ = callback;
    return *this;
  }
  boolean setBufferSize(uint16_t size) {
    buffer_.resize(size);
    return size > 0;
  }
  int state() const { return state_; }
  boolean connected() {
    if (is_up_ && !client_.connected()) {
      is_up_ = false;
      state_ = -3;
    }
    return is_up_;
  }

  boolean connect(const char *id, const char *user, const char *password) {
    state_ = -2;
    if (!client_.connect(host_, port_)) return false;
    std::string body("\0\4MQTT\4\0\0\17", 10); // keep alive for 15 s
    body[7] = user == nullptr ? 0x02 : password == nullptr ? (char)0x82 : (char)0xC2;
    add(body, id);
    if (user != nullptr) add(body, user);
    if (user != nullptr && password != nullptr) add(body, password);
    if (body.size() + 5 > buffer_.size() || !send(0x10, body)) return fail(-2);
    uint8_t answer[4];
    for (uint8_t &each : answer) {
      if (!read(each)) return fail(-4);
    }
    if (answer[0] != 0x20 || answer[3] != 0) return fail(answer[3]);
    state_ = 0;
    is_up_ = true;
    spoken_at_ = heard_at_ = millis();
    return true;
  }

  boolean subscribe(const char *topic, uint8_t qos) {
    if (qos > 1 || !connected() || strlen(topic) + 10 > buffer_.size()) return false;
    std::string body("\0\1", 2);
    add(body, topic);
    body += (char)qos;
    return send(0x82, body);
  }

  boolean beginPublish(const char *topic, unsigned int length, boolean retained) {
    if (!connected() || strlen(topic) + 7 > buffer_.size()) return false;
    std::string head;
    add(head, topic);
    memcpy(buffer_.data() + 5, head.data(), head.size()); // what was received is gone
    const uint16_t counted = head.size() + length; // so few bits it has for that
    const std::string first = begin(retained ? 0x31 : 0x30, counted) + head;
    return write((const uint8_t *)first.data(), first.size()) == first.size();
  }
  size_t write(const uint8_t *data, size_t length) {
    spoken_at_ = millis();
    return client_.write(data, length);
  }
  int endPublish() { return 1; }

  boolean loop() {
    if (!connected()) return false;
    if (millis() - spoken_at_ > 15000 || millis() - heard_at_ > 15000) {
      if (is_asked_) return fail(-4);
      is_asked_ = send(0xC0, "");
      heard_at_ = spoken_at_;
    }
    if (client_.available() > 0) receive();
    return connected();
  }

private:
  static void add(std::string &body, const std::string &text) {
    body += (char)(text.size() >> 8);
    body += (char)text.size();
    body += text;
  }
  static std::string begin(int kind, size_t length) {
    std::string head(1, (char)kind);
    do {
      head += (char)((length & 0x7F) | (length > 0x7F ? 0x80 : 0));
      length >>= 7;
    } while (length > 0);
    return head;
  }
  bool send(int kind, const std::string &body) {
    const std::string whole = begin(kind, body.size()) + body;
    return write((const uint8_t *)whole.data(), whole.size()) == whole.size();
  }
  bool fail(int state) {
    client_.stop();
    is_up_ = false;
    state_ = state;
    return false;
  }
  bool read(uint8_t &letter) {
    const int got = client_.read();
    letter = (uint8_t)got;
    return got >= 0;
  }
  void receive() {
    uint8_t kind, part = 0x80;
    size_t length = 0;
    if (!read(kind)) return;
    for (int shift = 0; part & 0x80; shift += 7) {
      if (!read(part)) return;
      length |= (size_t)(part & 0x7F) << shift;
    }
    for (size_t at = 0; at < length; at++) {
      if (!read(part)) return;
      if (at + 5 < buffer_.size()) buffer_[at + 5] = part;
    }
    heard_at_ = millis();
    if (kind == 0xD0) is_asked_ = false;
    if (kind >> 4 != 3 || length + 5 > buffer_.size() || callback_ == nullptr) return;
    uint8_t *const body = buffer_.data() + 5;
    const size_t topic = body[0] << 8 | body[1];
    const bool is_answered = kind & 0x02;
    const std::string number((char *)body + 2 + topic, is_answered ? 2 : 0);
    memmove(body + 1, body + 2, topic);
    body[1 + topic] = '\0';
    const size_t before = 2 + topic + number.size();
    callback_((char *)body + 1, body + before, length - before);
    if (is_answered) send(0x40, number);
  }

  Client &client_;
  std::vector<uint8_t> buffer_;
  const char *host_ = "";
  uint16_t port_ = 1883;
  Callback callback_ = nullptr;
  int state_ = -1;
  bool is_up_ = false, is_asked_ = false;
  unsigned long spoken_at_ = 0, heard_at_ = 0;
};
