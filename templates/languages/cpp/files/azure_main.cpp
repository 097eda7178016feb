#include <cstdlib>
#include <iostream>

#include "azure.h"

int main() {
  const char* port = std::getenv("FUNCTIONS_CUSTOMHANDLER_PORT");
  try {
    serve(port == nullptr ? 8080 : std::stoi(port), call);
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
