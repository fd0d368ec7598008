// A process that can be killed between any two things it does to the outside: its network and its store are cut off
// first, then it is destroyed, so that nothing its destructors do is seen.
#pragma once

#include <memory>
#include <optional>
#include <set>

#include "net/condition.hpp"
#include "net/runtime.hpp"
#include "net/waiter.hpp"
#include "store/memory_store.hpp"

namespace chaos::testing {

/// Counts what crosses the seam, and dies at a given crossing.
class Lifeline {
public:
    class Cut {
    public:
        virtual void cut() = 0;

    protected:
        ~Cut() = default;
    };

    /// `die_at`: the crossing that does not happen any more; 0: none. `how`: what the kernel tells the peers.
    Lifeline(std::uint64_t die_at, net::Close how) : died("death"), how(how), die_at_(die_at) {}

    /// False: whoever would do it is dead.
    bool cross()
    {
        if (!dead_ && ++crossings_ == die_at_) die();
        return !dead_;
    }
    bool dead() const { return dead_; }
    std::uint64_t crossings() const { return crossings_; }
    void enter(Cut& cut) { cuts_.insert(&cut); }
    void leave(Cut& cut) { cuts_.erase(&cut); }
    net::Condition died;
    const net::Close how;

private:
    void die()
    {
        dead_ = true;
        for (Cut* cut : std::set<Cut*>(cuts_)) cut->cut();
        died.notify_all();
    }

    std::uint64_t die_at_;
    std::uint64_t crossings_ = 0;
    bool dead_ = false;
    std::set<Cut*> cuts_;
};

class MortalStream final : public net::Stream, Lifeline::Cut {
public:
    MortalStream(net::StreamPtr inner, std::shared_ptr<Lifeline> life)
        : inner_(std::move(inner)), life_(std::move(life))
    {
        life_->enter(*this);
    }
    ~MortalStream() override { life_->leave(*this); }

    net::Task<net::Result<std::size_t>> read_some(std::span<char> into) override
    {
        auto count = co_await inner_->read_some(into);
        if (!life_->cross()) co_return net::aborted();
        co_return count;
    }
    net::Task<net::Error> write(std::string_view bytes) override
    {
        if (!life_->cross()) co_return net::aborted();
        const net::Error error = co_await inner_->write(bytes);
        co_return error;
    }
    net::Task<void> drained() override { return inner_->drained(); }
    void shutdown_write() override
    {
        if (!life_->dead()) inner_->shutdown_write();
    }
    void close(net::Close how) override
    {
        if (!life_->dead()) inner_->close(how);
    }
    void cancel() override { inner_->cancel(); }
    void cancel_read() override { inner_->cancel_read(); }
    void cut() override { inner_->close(life_->how); }

private:
    net::StreamPtr inner_;
    std::shared_ptr<Lifeline> life_;
};

class MortalListener final : public net::Listener, Lifeline::Cut {
public:
    MortalListener(std::unique_ptr<net::Listener> inner, std::shared_ptr<Lifeline> life)
        : inner_(std::move(inner)), life_(std::move(life))
    {
        life_->enter(*this);
    }
    ~MortalListener() override { life_->leave(*this); }

    net::Endpoint endpoint() const override { return inner_->endpoint(); }
    net::Task<net::Result<net::StreamPtr>> accept() override
    {
        auto stream = co_await inner_->accept();
        if (!life_->cross()) co_return net::aborted();
        if (!stream) co_return stream.error();
        co_return net::StreamPtr(std::make_unique<MortalStream>(std::move(*stream), life_));
    }
    void close() override
    {
        if (!life_->dead()) inner_->close();
    }
    net::Error set_admission(net::Admission admission) override { return inner_->set_admission(admission); }
    void on_contact(std::function<void()> contact) override { inner_->on_contact(std::move(contact)); }
    net::Task<net::Admission> probe() override { return inner_->probe(); }
    void cut() override { inner_->close(); }

private:
    std::unique_ptr<net::Listener> inner_;
    std::shared_ptr<Lifeline> life_;
};

class MortalNetwork final : public net::Network {
public:
    MortalNetwork(net::Network& inner, std::shared_ptr<Lifeline> life) : inner_(inner), life_(std::move(life)) {}

    net::Task<net::Result<net::StreamPtr>> connect(net::Endpoint to, net::Instant deadline) override
    {
        if (!life_->cross()) co_return net::aborted();
        auto stream = co_await inner_.connect(std::move(to), deadline);
        if (!life_->cross()) co_return net::aborted();
        if (!stream) co_return stream.error();
        co_return net::StreamPtr(std::make_unique<MortalStream>(std::move(*stream), life_));
    }
    net::Result<std::unique_ptr<net::Listener>> listen(const net::Endpoint& at) override
    {
        auto listener = inner_.listen(at);
        if (!listener) return listener.error();
        return std::unique_ptr<net::Listener>(std::make_unique<MortalListener>(std::move(*listener), life_));
    }

private:
    net::Network& inner_;
    std::shared_ptr<Lifeline> life_;
};

/// What was asked of it and had not come to the disk when its process died never does.
class MortalStore final : public store::Store, Lifeline::Cut {
public:
    MortalStore(net::Executor executor, store::MemoryDisk& disk, std::shared_ptr<Lifeline> life)
        : life_(std::move(life))
    {
        inner_.emplace(std::move(executor), disk);
        life_->enter(*this);
    }
    ~MortalStore() override { life_->leave(*this); }

    void put_all(std::vector<Write> writes, store::Durability durability, Done done) override
    {
        if (!life_->cross()) return;
        inner_->put_all(std::move(writes), durability, [life = life_, done = std::move(done)](std::string problem) {
            if (life->cross()) done(std::move(problem));
        });
    }
    void get(std::string space, std::string key, Found found) override
    {
        if (!life_->cross()) return;
        inner_->get(std::move(space), std::move(key),
                    [life = life_, found = std::move(found)](std::string problem, std::optional<std::string> value) {
                        if (life->cross()) found(std::move(problem), std::move(value));
                    });
    }
    void list(std::string space, Listed listed) override
    {
        if (!life_->cross()) return;
        inner_->list(std::move(space), [life = life_, listed = std::move(listed)](std::string problem, auto entries) {
            if (life->cross()) listed(std::move(problem), std::move(entries));
        });
    }
    void cut() override { inner_.reset(); }

private:
    std::shared_ptr<Lifeline> life_;
    std::optional<store::MemoryStore> inner_;
};

/// The world as the process sees it.
class MortalRuntime final : public net::Runtime {
public:
    MortalRuntime(net::Runtime& inner, std::shared_ptr<Lifeline> life)
        : inner_(inner), network_(inner.network(), std::move(life))
    {
    }

    net::Executor executor() override { return inner_.executor(); }
    net::Clock& clock() override { return inner_.clock(); }
    net::WallClock& wall() override { return inner_.wall(); }
    net::Network& network() override { return network_; }
    bool simulated() const override { return inner_.simulated(); }
    void run(net::Task<void> main) override { inner_.run(std::move(main)); }

private:
    net::Runtime& inner_;
    MortalNetwork network_;
};

}  // namespace chaos::testing
