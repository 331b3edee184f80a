// v2c-station without a window that stops at every record of its journal, so that a test can kill what it wants there.
// Environment: V2C_POINT_OUT, a FIFO or file that takes one line "point <n> <step> <before|after>" per record;
// V2C_POINT_IN, a FIFO of which one byte is read before the run goes on. Without them it runs through.
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "cli/station_cli.h"

namespace {

class Points
{
public:
    Points() : m_out(opened("V2C_POINT_OUT", O_WRONLY)), m_in(opened("V2C_POINT_IN", O_RDONLY)) {}

    void stopAt(int index, station::StepId step, station::RecordPhase phase) const
    {
        if (m_out < 0) return;
        const auto line = "point " + std::to_string(index) + " " + std::string(station::name(step)) + " " +
                          std::string(station::name(phase)) + "\n";
        if (::write(m_out, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::abort();
        char go = 0;
        if (m_in >= 0 && ::read(m_in, &go, 1) != 1) std::abort();
    }

private:
    static int opened(const char* variable, int mode)
    {
        const char* path = std::getenv(variable);
        if (!path) return -1;
        const int descriptor = ::open(path, mode | O_CLOEXEC);
        if (descriptor < 0) std::abort();
        return descriptor;
    }

    int m_out;
    int m_in;
};

} // namespace

int main(int argc, char** argv)
{
    const Points points;
    return station::cli::run(argc, argv, [&](int index, station::StepId step, station::RecordPhase phase) {
        points.stopAt(index, step, phase);
    });
}
