// What the core does with a sketch.
#include <unistd.h>

#include "Arduino.h"

int main() {
  setup();
  for (;;) {
    loop();
    usleep(2000);
  }
}
