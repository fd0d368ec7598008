// A scripted LLM provider on a listener: a stateless brain behind a dialect, and the faults its scenario asks for.
#pragma once

#include <memory>
#include <vector>

#include "mock_providers/observer.hpp"
#include "mock_providers/spec.hpp"
#include "mock_providers/witness.hpp"
#include "net/chance.hpp"
#include "net/faults/effects.hpp"
#include "net/runtime.hpp"
#include "net/tls/certificate.hpp"

namespace chaos::mock_providers {

class Provider {
public:
    /// Listens at once (127.0.0.1, spec.port); throws std::system_error if the port cannot be had.
    /// `run`: the generation whose tasks are recognised; others are strays. `authority` signs the certificate of a
    /// provider with `tls: true`, and may be null for others.
    Provider(net::Runtime& runtime, ProviderSpec spec, std::vector<FaultSpec> faults, net::Chance chance,
             std::string run, Observer& observer, std::shared_ptr<const net::tls::Authority> authority = nullptr);
    ~Provider();

    net::Endpoint endpoint() const;
    /// The same for whoever shares the runtime's network: under a host name, if a fault acts on that.
    net::Endpoint address() const;
    /// "https://127.0.0.1:8443": what clients are pointed at.
    std::string url() const;
    const ProviderSpec& spec() const;

    /// Serves until stop(); returns when every session has ended.
    net::Task<void> serve();
    /// Windows (`from`, `until`) count from here; before it no window is open.
    void start_clock(net::Instant zero);

    /// What faults with `after:` wait for; outlives the provider. Say it before serve(); without it they wait for ever.
    void follow(Witness& witness);

    /// To be said before serve() if replace_faults() may be called: a blackhole that comes later silences only
    /// connections that were prepared for it. Whoever connects then is a program of its own, and resolves names without
    /// us: faults of names are skipped.
    void expect_other_faults();
    /// From here on these, and no others. An exchange under way goes on as it was fated.
    void replace_faults(std::vector<SharedFault> faults);
    /// In addition to the faults, these act on its connections at once (see expect_other_faults()).
    void set_toxics(std::vector<net::faults::SharedRule> toxics);
    /// Down: connects are refused, and open connections have ended.
    void set_down(bool down);
    /// Requests, connections and tries are counted from one again.
    void count_anew();
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace chaos::mock_providers
