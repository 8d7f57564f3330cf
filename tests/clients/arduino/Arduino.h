// As much of Arduino as the sketches use, on a desk: what the cores for ESP document, no more.
#pragma once

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <chrono>
#include <string>

typedef bool boolean;
typedef uint8_t byte;

class String {
public:
  String(const char *text = "") : text_(text == nullptr ? "" : text) {}
  explicit String(int value) : text_(std::to_string(value)) {}
  explicit String(long value) : text_(std::to_string(value)) {}
  unsigned int length() const { return text_.size(); }
  const char *c_str() const { return text_.c_str(); }
  char operator[](unsigned int at) const { return at < text_.size() ? text_[at] : '\0'; }
  bool reserve(unsigned int length) {
    text_.reserve(length);
    return true;
  }
  String &operator+=(const String &other) {
    text_ += other.text_;
    return *this;
  }
  String &operator+=(const char *other) {
    text_ += other;
    return *this;
  }
  String &operator+=(char letter) {
    text_ += letter;
    return *this;
  }
  bool operator==(const String &other) const { return text_ == other.text_; }
  bool operator==(const char *other) const { return text_ == other; }
  bool equalsIgnoreCase(const String &other) const {
    return strcasecmp(c_str(), other.c_str()) == 0;
  }
  int indexOf(char letter) const {
    const size_t found = text_.find(letter);
    return found == std::string::npos ? -1 : (int)found;
  }
  String substring(unsigned int begin, unsigned int end) const {
    String found;
    const unsigned int last = end < length() ? end : length();
    if (begin < last) found.text_ = text_.substr(begin, last - begin);
    return found;
  }
  void trim() {
    const char *const blanks = " \t\n\v\f\r";
    text_.erase(text_.find_last_not_of(blanks) + 1);
    text_.erase(0, text_.find_first_not_of(blanks));
  }

private:
  std::string text_;
};

inline String operator+(String left, const String &right) { return left += right; }
inline String operator+(String left, const char *right) { return left += right; }

class Monitor {
public:
  void begin(unsigned long) { setvbuf(stdout, nullptr, _IOLBF, 0); }
  void print(const char *text) { fputs(text, stdout); }
  void print(const String &text) { print(text.c_str()); }
  void print(int value) { printf("%d", value); }
  void print(unsigned long value) { printf("%lu", value); }
  void print(double value) { printf("%.2f", value); }
  void println() { putchar('\n'); }
  template <typename T> void println(const T &value) {
    print(value);
    println();
  }
};

inline Monitor Serial;

inline unsigned long millis() {
  using namespace std::chrono;
  static const auto begin = steady_clock::now();
  return duration_cast<milliseconds>(steady_clock::now() - begin).count();
}

void setup();
void loop();
