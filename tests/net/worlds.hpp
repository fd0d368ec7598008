// The two worlds as gtest types, and what stories told in both of them share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "net/real/reality.hpp"
#include "net/simulation/simulation.hpp"

namespace chaos::net::testing {

struct RealWorld {
    static constexpr const char* name = "Reality";
    Reality runtime;
};

struct SimulatedWorld {
    static constexpr const char* name = "Simulation";
    Simulation runtime;
};

using BothWorlds = ::testing::Types<RealWorld, SimulatedWorld>;

struct WorldNames {
    template <class World>
    static std::string GetName(int)
    {
        return World::name;
    }
};

template <class World>
class InBothWorlds : public ::testing::Test {
protected:
    void live(Task<void> (*story)(Runtime&)) { world_.runtime.run(story(world_.runtime)); }

private:
    World world_;
};

/// Two connected ends.
struct Pair {
    std::unique_ptr<Listener> listener;
    StreamPtr client;
    StreamPtr server;
};

inline std::unique_ptr<Listener> listen(Runtime& world)
{
    return std::move(world.network().listen({"127.0.0.1", 0}).value());
}

inline Task<Pair> connected_pair(Runtime& world)
{
    Pair pair;
    pair.listener = listen(world);
    auto client = co_await world.network().connect(pair.listener->endpoint(), never);
    auto server = co_await pair.listener->accept();
    pair.client = std::move(client.value());
    pair.server = std::move(server.value());
    co_return pair;
}

/// What one read brings, as text: the bytes, "fin", or the error's name.
inline Task<std::string> read(Stream& stream)
{
    std::string bytes(4096, '\0');
    const auto count = co_await stream.read_some(bytes);
    if (!count) co_return count.error().message();
    if (*count == 0) co_return "fin";
    bytes.resize(*count);
    co_return bytes;
}

}  // namespace chaos::net::testing

/// A story told once and lived in both worlds: WORLD_STORY(Suite, Name) { ... co_await ...; }, with `world` the
/// Runtime.
#define WORLD_STORY(Suite, Name)     \
    Task<void> Name(Runtime& world); \
    TYPED_TEST(Suite, Name)          \
    {                                \
        this->live(&Name);           \
    }                                \
    Task<void> Name([[maybe_unused]] Runtime& world)
