// A host name of our own, and what whoever looks it up is told: the part of name resolution that can be commanded.
#pragma once

#include <functional>
#include <string>

#include "net/task.hpp"

namespace chaos::net {

/// What a name server says to a question for the name.
enum class NameAnswer : unsigned char {
    address,   ///< 127.0.0.1
    nxdomain,  ///< there is no such name
    servfail,  ///< the server has failed; nobody knows
    silence,   ///< nothing: the question is asked again, and then given up
};

class HostName {
public:
    /// From then on the name does not exist.
    virtual ~HostName() = default;
    virtual std::string text() const = 0;

    /// Of an address at first. Connections that are there already need no name and live on.
    virtual void set_answer(NameAnswer answer) = 0;
    /// Called once for each lookup that is seen while the answer is no address.
    virtual void on_lookup(std::function<void()> lookup) = 0;
    /// Our own question to the name server, which counts for no lookup: what it says right now.
    virtual Task<NameAnswer> probe() = 0;
};

}  // namespace chaos::net
