// What the operating system knows: the time, and true randomness.
#include <sys/random.h>
#include <sys/resource.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <chrono>

#include "net/real/reality.hpp"

namespace chaos::net {
namespace {

const std::chrono::steady_clock::time_point process_start = std::chrono::steady_clock::now();

}  // namespace

Duration process_time()
{
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - process_start);
}

WallTime civil_time()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::uint64_t random_seed()
{
    std::uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        throw boost::system::system_error(errno, boost::system::system_category(), "getrandom");
    return seed;
}

void allow_many_descriptors()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace chaos::net
