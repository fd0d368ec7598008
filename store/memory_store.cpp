// Operations on memory, one at a time, each on its own turn of the loop.
#include "store/memory_store.hpp"

#include <boost/asio/post.hpp>
#include <deque>

namespace chaos::store {

void MemoryDisk::cut_power()
{
    while (!undo_.empty()) {
        auto [place, before] = std::move(undo_.back());
        undo_.pop_back();
        set(place, std::move(before));
    }
}

std::size_t MemoryDisk::entries() const
{
    std::size_t count = 0;
    for (const auto& [name, space] : spaces_) count += space.size();
    return count;
}

/// Returns what was there before.
std::optional<std::string> MemoryDisk::set(const Place& place, std::optional<std::string> value)
{
    Space& space = spaces_[place.first];
    const auto found = space.find(place.second);
    std::optional<std::string> before;
    if (found != space.end()) before = std::move(found->second);
    if (value) {
        space[place.second] = std::move(*value);
    } else if (found != space.end()) {
        space.erase(found);
    }
    return before;
}

void MemoryDisk::apply(const std::vector<Store::Write>& writes, Durability durability)
{
    for (const Store::Write& write : writes) {
        const Place place{write.space, write.key};
        std::optional<std::string> before = set(place, write.value);
        undo_.emplace_back(place, std::move(before));
    }
    if (durability == Durability::power) undo_.clear();
}

struct MemoryStore::State : std::enable_shared_from_this<State> {
    State(Executor e, MemoryDisk& d) : executor(std::move(e)), disk(d) {}

    using Operation = std::function<void()>;

    void enqueue(Operation operation)
    {
        waiting.push_back(std::move(operation));
        if (!working) start_next();
    }

    void start_next()
    {
        working = !waiting.empty();
        if (!working) return;
        auto go_on = [self = weak_from_this()] {
            if (const auto state = self.lock()) state->finish_next();
        };
        if (disk.pace_) {
            disk.pace_(std::move(go_on));
        } else {
            boost::asio::post(executor, std::move(go_on));
        }
    }

    /// The completion may destroy the store.
    void finish_next()
    {
        const auto alive = shared_from_this();
        const Operation operation = std::move(waiting.front());
        waiting.pop_front();
        operation();
        if (!closed) start_next();
    }

    std::string problem_with_writing() const
    {
        if (disk.busy_) return "database is locked";
        return disk.full_ ? "database or disk is full" : "";
    }
    std::string problem_with_reading() const { return disk.busy_ ? "database is locked" : ""; }

    Executor executor;
    MemoryDisk& disk;
    std::deque<Operation> waiting;
    bool working = false;
    bool closed = false;
};

MemoryStore::MemoryStore(Executor executor, MemoryDisk& disk)
    : state_(std::make_shared<State>(std::move(executor), disk))
{
}

MemoryStore::~MemoryStore()
{
    state_->closed = true;
}

void MemoryStore::put_all(std::vector<Write> writes, Durability durability, Done done)
{
    state_->enqueue([state = state_.get(), writes = std::move(writes), durability, done = std::move(done)] {
        std::string problem = state->problem_with_writing();
        if (problem.empty()) state->disk.apply(writes, durability);
        done(std::move(problem));
    });
}

void MemoryStore::get(std::string space, std::string key, Found found)
{
    state_->enqueue([state = state_.get(), space = std::move(space), key = std::move(key), found = std::move(found)] {
        std::string problem = state->problem_with_reading();
        std::optional<std::string> value;
        if (problem.empty()) {
            const auto entries = state->disk.spaces_.find(space);
            const bool known = entries != state->disk.spaces_.end() && entries->second.contains(key);
            if (known) value = entries->second.at(key);
        }
        found(std::move(problem), std::move(value));
    });
}

void MemoryStore::list(std::string space, Listed listed)
{
    state_->enqueue([state = state_.get(), space = std::move(space), listed = std::move(listed)] {
        std::string problem = state->problem_with_reading();
        std::vector<std::pair<std::string, std::string>> found;
        const auto entries = state->disk.spaces_.find(space);
        if (problem.empty() && entries != state->disk.spaces_.end())
            found.assign(entries->second.begin(), entries->second.end());
        listed(std::move(problem), std::move(found));
    });
}

}  // namespace chaos::store
