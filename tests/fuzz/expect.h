#pragma once

#include <cstdio>
#include <cstdlib>

/// A broken promise ends the program, so that libFuzzer keeps the input.
#define V2C_EXPECT(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                              \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (false)
