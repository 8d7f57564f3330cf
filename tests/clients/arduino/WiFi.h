// A Wi-Fi that is there at once, and a WiFiClient on a real socket.
#pragma once

#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "Client.h"

enum { WL_CONNECTED = 3, WIFI_STA = 1 };

class Radio {
public:
  void mode(int) {}
  void begin(const char *, const char *) {}
  int status() const { return WL_CONNECTED; }
};

inline Radio WiFi;

class WiFiClient : public Client {
public:
  ~WiFiClient() override { stop(); }
  int connect(const char *host, uint16_t port) override {
    stop();
    addrinfo hints = {}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found) != 0) return 0;
    socket_ = socket(found->ai_family, found->ai_socktype, 0);
    const bool is_there = ::connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!is_there) stop();
    return is_there;
  }
  size_t write(const uint8_t *data, size_t length) override {
    size_t done = 0;
    while (done < length) {
      const ssize_t sent = send(socket_, data + done, length - done, MSG_NOSIGNAL);
      if (sent <= 0) {
        stop();
        break;
      }
      done += sent;
    }
    return done;
  }
  int available() override {
    int waiting = 0;
    return socket_ >= 0 && ioctl(socket_, FIONREAD, &waiting) == 0 ? waiting : 0;
  }
  int read() override {
    uint8_t letter;
    return recv(socket_, &letter, 1, 0) == 1 ? letter : -1;
  }
  uint8_t connected() override {
    if (socket_ < 0) return false;
    uint8_t letter;
    const ssize_t got = recv(socket_, &letter, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) stop();
    return socket_ >= 0;
  }
  void stop() override {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

private:
  int socket_ = -1;
};
