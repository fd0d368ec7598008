// A small keyed store: what must survive a crash. SQLite on disk, or memory that outlives a simulated crash.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chaos::store {

/// How much a completed write promises: `process` survives kill -9 of the program; `power` also a power cut.
enum class Durability { process, power };

/// Keys are grouped in namespaces ("checkpoints", "idempotency"). All calls return at once; completions are posted to
/// the caller's loop, in the order of the calls. Writes of one put_all are atomic. Once a store is destroyed, no
/// completion is called any more.
class Store {
public:
    virtual ~Store() = default;

    struct Write {
        std::string space;
        std::string key;
        std::optional<std::string> value;  ///< nothing: the key is removed
    };
    /// Empty text: done. Otherwise the reason ("database or disk is full", "database is locked").
    using Done = std::function<void(std::string problem)>;
    using Found = std::function<void(std::string problem, std::optional<std::string> value)>;
    using Listed = std::function<void(std::string problem, std::vector<std::pair<std::string, std::string>> entries)>;

    virtual void put_all(std::vector<Write> writes, Durability durability, Done done) = 0;
    virtual void get(std::string space, std::string key, Found found) = 0;
    /// Every entry of a namespace, by key.
    virtual void list(std::string space, Listed listed) = 0;
};

}  // namespace chaos::store
