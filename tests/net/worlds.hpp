// The two worlds as gtest types, and what stories told in both of them share.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <memory>
#include <string>

#include "net/faults/link.hpp"
#include "net/real/reality.hpp"
#include "net/simulation/simulation.hpp"

namespace chaos::net::testing {

inline const std::string words_of_reset = Error(boost::asio::error::connection_reset).message();
inline const std::string words_of_abort = Error(boost::asio::error::operation_aborted).message();

struct RealWorld {
    static constexpr const char* name = "Reality";
    Reality runtime;
};

struct SimulatedWorld {
    static constexpr const char* name = "Simulation";
    Simulation runtime;
};

/// A world in which every accepted stream is behind a link in good weather: nobody should notice.
template <class World>
class Linked final : public Runtime, private Network {
public:
    Executor executor() override { return world_.runtime.executor(); }
    Clock& clock() override { return world_.runtime.clock(); }
    WallClock& wall() override { return world_.runtime.wall(); }
    Network& network() override { return *this; }
    bool simulated() const override { return world_.runtime.simulated(); }
    void run(Task<void> main) override { world_.runtime.run(std::move(main)); }

private:
    class LinkedListener final : public Listener {
    public:
        LinkedListener(Runtime& world, std::unique_ptr<Listener> listener)
            : listener_(std::move(listener)), link_(world.clock(), world.executor(), *listener_)
        {
        }
        Endpoint endpoint() const override { return listener_->endpoint(); }
        Task<Result<StreamPtr>> accept() override
        {
            auto stream = co_await listener_->accept();
            if (!stream) co_return stream.error();
            co_return link_.wrap(std::move(*stream));
        }
        void close() override { listener_->close(); }
        Error set_admission(Admission admission) override { return listener_->set_admission(admission); }
        void on_contact(std::function<void()> contact) override { listener_->on_contact(std::move(contact)); }
        Task<Admission> probe() override { return listener_->probe(); }

    private:
        std::unique_ptr<Listener> listener_;
        faults::Link link_;
    };

    Task<Result<StreamPtr>> connect(Endpoint to, Instant deadline) override
    {
        return world_.runtime.network().connect(std::move(to), deadline);
    }
    Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override
    {
        auto listener = world_.runtime.network().listen(at);
        if (!listener) return listener.error();
        return std::unique_ptr<Listener>(std::make_unique<LinkedListener>(*this, std::move(*listener)));
    }

    Result<std::unique_ptr<HostName>> own_name(const std::string& name) override
    {
        return world_.runtime.network().own_name(name);
    }

    World world_;
};

struct LinkedRealWorld {
    static constexpr const char* name = "RealityBehindLinks";
    Linked<RealWorld> runtime;
};

struct LinkedSimulatedWorld {
    static constexpr const char* name = "SimulationBehindLinks";
    Linked<SimulatedWorld> runtime;
};

using BothWorlds = ::testing::Types<RealWorld, SimulatedWorld>;
using AllWorlds = ::testing::Types<RealWorld, SimulatedWorld, LinkedRealWorld, LinkedSimulatedWorld>;

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
    return world.network().listen({"127.0.0.1", 0}).value();
}

/// An endpoint where nobody listens any more. It has an address of its own: at 127.0.0.1 the kernel might give its port
/// to another test meanwhile.
inline Endpoint left_alone(Runtime& world)
{
    return world.network().listen({"127.0.0.2", 0}).value()->endpoint();
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
#define WORLD_STORY(Suite, Name)               \
    Task<void> Suite##_##Name(Runtime& world); \
    TYPED_TEST(Suite, Name)                    \
    {                                          \
        this->live(&Suite##_##Name);           \
    }                                          \
    Task<void> Suite##_##Name([[maybe_unused]] Runtime& world)
