// Jobs on several threads: each once, all of them, and the first exception told.
#include "net/real/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace chaos::net {
namespace {

TEST(Parallel, EachJobRunsOnce)
{
    for (const std::size_t threads : {1U, 2U, 7U}) {
        std::vector<std::atomic<int>> ran(50);
        run_in_parallel(threads, ran.size(), [&](std::size_t nth) { ++ran[nth]; });
        for (const auto& count : ran) EXPECT_EQ(count, 1) << threads << " threads";
    }
}

TEST(Parallel, OneThreadKeepsTheOrder)
{
    std::vector<std::size_t> order;
    run_in_parallel(1, 4, [&](std::size_t nth) { order.push_back(nth); });
    EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3}));
}

TEST(Parallel, AnExceptionIsToldAfterTheOtherJobsHaveRun)
{
    std::atomic<int> ran{0};
    EXPECT_THROW(run_in_parallel(2, 10,
                                 [&](std::size_t nth) {
                                     ++ran;
                                     if (nth == 3) throw std::runtime_error("job 3");
                                 }),
                 std::runtime_error);
    EXPECT_EQ(ran, 10);
}

}  // namespace
}  // namespace chaos::net
