// A ceremony that kills itself (SIGKILL) at one of its points: before and after each file is put in its place, and
// after each line about something done. Usage: ceremony_killed_at POINT run|restore FILE [KEY TOKEN]; point 0 is never
// reached.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ceremony/ceremony.h"

namespace {

int g_point = 0;
int g_reached = 0;

void pass()
{
    if (++g_reached == g_point) ::raise(SIGKILL);
}

class Lines final : public std::streambuf
{
protected:
    int_type overflow(int_type character) override
    {
        std::cout.put(static_cast<char>(character));
        if (character != '\n') return character;
        std::cout.flush();
        pass();
        return character;
    }
};

} // namespace

/// In place of the C library's, for this program and the libraries it uses.
extern "C" int rename(const char* from, const char* to) noexcept
{
    pass();
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int main(int argc, char** argv)
{
    if (argc != 4 && argc != 6) return 64;
    g_point = std::atoi(argv[1]);
    Lines lines;
    std::ostream progress(&lines);
    std::istringstream nobody;
    const auto done = std::string(argv[2]) == "run"
                          ? gateway::runCeremony(argv[3], {}, nobody, progress)
                          : gateway::restoreKey(argv[3], argv[4], argv[5], {}, nobody, progress);
    if (done) return 0;
    std::cerr << done.error().type << ": " << done.error().detail << "\n";
    return 1;
}
