// A store in memory, for simulations: its disk outlives a simulated crash.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>

#include "store/store.hpp"

namespace chaos::store {

/// What is on a simulated disk: all that was completed, and nothing else. Also how well the disk works.
class MemoryDisk {
public:
    /// Calls what it is given when the disk has done its work: later (never at once). Without one, on the next turn.
    using Pace = std::function<void(std::function<void()> done)>;

    void be_slow(Pace pace) { pace_ = std::move(pace); }
    void be_well_paced() { pace_ = nullptr; }
    /// Every operation fails with "database is locked".
    void be_busy(bool busy) { busy_ = busy; }
    /// Every write fails with "database or disk is full".
    void be_full(bool full) { full_ = full; }

    /// Loses the writes since the last one that asked for Durability::power.
    void cut_power();

    std::size_t entries() const;

private:
    friend class MemoryStore;
    using Space = std::map<std::string, std::string>;
    using Place = std::pair<std::string, std::string>;  ///< space and key

    void apply(const std::vector<Store::Write>& writes, Durability durability);
    std::optional<std::string> set(const Place& place, std::optional<std::string> value);

    std::map<std::string, Space> spaces_;
    /// What stood where before each write that a power cut would undo.
    std::vector<std::pair<Place, std::optional<std::string>>> undo_;
    Pace pace_;
    bool busy_ = false;
    bool full_ = false;
};

/// Operations take effect, and complete, one after the other; those not completed when the store is destroyed (a crash)
/// never happened.
class MemoryStore final : public Store {
public:
    using Executor = boost::asio::io_context::executor_type;

    /// The disk must outlive the store.
    MemoryStore(Executor executor, MemoryDisk& disk);
    ~MemoryStore() override;

    void put_all(std::vector<Write> writes, Durability durability, Done done) override;
    void get(std::string space, std::string key, Found found) override;
    void list(std::string space, Listed listed) override;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace chaos::store
