#include "net/real/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace chaos::net {

std::size_t processors()
{
    return std::max(1U, std::thread::hardware_concurrency());
}

void run_in_parallel(std::size_t threads, std::size_t count, const std::function<void(std::size_t)>& job)
{
    if (threads <= 1 || count <= 1) {
        for (std::size_t nth = 0; nth < count; ++nth) job(nth);
        return;
    }
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr first_error;
    const auto work = [&] {
        for (std::size_t nth = next++; nth < count; nth = next++) {
            try {
                job(nth);
            } catch (...) {
                std::lock_guard lock(mutex);
                if (!first_error) first_error = std::current_exception();
            }
        }
    };
    std::vector<std::thread> workers;
    for (std::size_t n = 0; n < std::min(threads, count); ++n) workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
    if (first_error) std::rethrow_exception(first_error);
}

}  // namespace chaos::net
