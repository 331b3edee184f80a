# One place for the compiler's strictness: warnings are errors, the binaries are hardened, sanitizers are a cache option.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(V2C_SANITIZE "" CACHE STRING "address (with undefined) or thread; empty for none")
option(V2C_FUZZ "Link the targets of tests/fuzz with libFuzzer; needs clang" OFF)

find_program(CCACHE ccache)
if(CCACHE)
    # Paths relative to the sources: a second clone finds what the first one compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wundef -Wvla
                    -Wcast-qual -Werror)
add_compile_options(-fstack-protector-strong -fstack-clash-protection -fno-strict-overflow)
add_compile_definitions(_GLIBCXX_ASSERTIONS QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    add_compile_options(-fcf-protection=full)
endif()
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT V2C_SANITIZE AND NOT V2C_FUZZ)
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)

if(V2C_SANITIZE STREQUAL "address")
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
elseif(V2C_SANITIZE STREQUAL "thread")
    # GCC warns that TSan does not see atomic_thread_fence; Asio uses it, and its strands are what TSan checks here.
    add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -Wno-tsan)
    add_link_options(-fsanitize=thread)
elseif(V2C_SANITIZE)
    message(FATAL_ERROR "V2C_SANITIZE: expected address, thread or nothing, got '${V2C_SANITIZE}'")
endif()

if(V2C_FUZZ)
    # The warnings are chosen for GCC; what clang thinks of the code is not this build's business.
    add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -w)
    add_link_options(-fsanitize=address,undefined)
endif()
