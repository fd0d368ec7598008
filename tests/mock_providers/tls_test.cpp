// A provider behind https in both worlds: what a client with OpenSSL says of each handshake, and the proof the provider gives.
#include "mock_providers/faults/scope.hpp"
#include "net/tls/dialer.hpp"
#include "net/tls/error.hpp"
#include "tests/mock_providers/stage.hpp"

namespace chaos::mock_providers {
namespace {

using namespace testing;

/// A world whose connects are by TLS, and trust this authority.
class SecuredWorld final : public net::Runtime, private net::Network {
public:
    explicit SecuredWorld(net::Runtime& world)
        : world_(world),
          authority_(std::make_shared<net::tls::Authority>("test", net::tls::valid_around(world.wall().now()))),
          trust_(net::tls::trusting(authority_->certificate_pem()))
    {
    }

    net::Executor executor() override { return world_.executor(); }
    net::Clock& clock() override { return world_.clock(); }
    net::WallClock& wall() override { return world_.wall(); }
    net::Network& network() override { return *this; }
    bool simulated() const override { return world_.simulated(); }
    void run(net::Task<void> main) override { world_.run(std::move(main)); }

    const std::shared_ptr<const net::tls::Authority>& authority() const { return authority_; }

private:
    net::Task<net::Result<net::StreamPtr>> connect(net::Endpoint to, net::Instant deadline) override
    {
        net::tls::Dialer dialer(world_);
        dialer.secure(to, trust_);
        auto stream = co_await dialer.connect(to, deadline);
        co_return stream;
    }
    net::Result<std::unique_ptr<net::Listener>> listen(const net::Endpoint& at) override
    {
        return world_.network().listen(at);
    }

    net::Runtime& world_;
    std::shared_ptr<const net::tls::Authority> authority_;
    net::tls::Context trust_;
};

ProviderSpec secured()
{
    ProviderSpec spec = primary();
    spec.tls = true;
    return spec;
}

template <class World>
class TlsProvider : public ::testing::Test {
protected:
    Told tell_secured(const std::vector<std::string>& faults, std::vector<Ask> asks)
    {
        SecuredWorld world(world_.runtime);
        Notebook notebook;
        Provider provider(world, secured(), read_faults(faults), net::Chance(1), some_task().run, notebook,
                          world.authority());
        EXPECT_TRUE(provider.url().starts_with("https://127.0.0.1:")) << provider.url();
        Told told;
        world.run(ask_all(world, provider, std::move(asks), notebook, told.heard));
        told.notes = notebook.lines;
        return told;
    }

    World world_;
};
TYPED_TEST_SUITE(TlsProvider, BothWorlds, WorldNames);

TYPED_TEST(TlsProvider, answers_as_any_other)
{
    const Told told = this->tell_secured({}, {post(chat_body(3, false)), post(chat_body(0, true))});
    for (const Heard& heard : told.heard) {
        EXPECT_EQ(heard.status, 200);
        EXPECT_TRUE(heard.whole);
        EXPECT_EQ(heard.ending, "FIN") << "close_notify came first";
    }
}

TYPED_TEST(TlsProvider, cuts_without_close_notify)
{
    const Told fin = this->tell_secured({"{target: primary, inject: {cut: {after_tokens: 3, end: fin}}}"},
                                        {kept_alive(post(chat_body(3, true)))});
    EXPECT_EQ(fin.heard[0].ending, net::tls::truncated().message());
    EXPECT_FALSE(fin.heard[0].whole);
    EXPECT_TRUE(fin.rest_of("cut delivered to primary#1: ").ends_with(", then FIN"));
    const Told reset = this->tell_secured({"{target: primary, inject: {cut: {after_tokens: 3, end: reset}}}"},
                                          {kept_alive(post(chat_body(3, true)))});
    EXPECT_EQ(reset.heard[0].ending, "RST");
    EXPECT_FALSE(reset.heard[0].body.empty()) << "what was sent arrives first";
}

struct BadHandshake {
    const char* inject;
    const char* client;     ///< what ends its connect
    const char* beginning;  ///< of the proof
    const char* end;
};

TYPED_TEST(TlsProvider, breaks_the_handshake_in_every_way)
{
    const BadHandshake rows[] = {
        {"{handshake: refuse}", "TLS: sslv3 alert handshake failure", "ClientHello (",
         " bytes), then alert 40, handshake failure, and FIN"},
        {"{handshake: plain_http}", "TLS: wrong version number", "ClientHello (",
         " bytes), then a 400 in plain HTTP, and FIN"},
        {"{certificate: expired}", "certificate has expired", "an expired certificate was shown",
         ", and the client refused it: alert 45, certificate expired"},
        {"{certificate: wrong_name}", "IP address mismatch", "a certificate for wrong.example was shown",
         ", and the client refused it: alert 42, bad certificate"},
        {"{certificate: unknown_ca}", "unable to get local issuer certificate",
         "a certificate of an unknown authority was shown", ", and the client refused it: alert 48, unknown CA"},
        {"{certificate: self_signed}", "self-signed certificate", "a self-signed certificate was shown",
         ", and the client refused it: alert 48, unknown CA"},
    };
    for (const BadHandshake& row : rows) {
        // The second connection meets a healthy handshake.
        const Told told = this->tell_secured(
            {fmt::format("{{target: primary, connections: 1, inject: {{tls: {}}}}}", row.inject)},
            {post(chat_body(3, false)), post(chat_body(3, false))});
        EXPECT_EQ(told.heard[0].ending, fmt::format("no connection: {}", row.client)) << row.inject;
        const std::string proof = told.rest_of("tls delivered to primary: ");
        EXPECT_TRUE(proof.starts_with(row.beginning) && proof.ends_with(row.end)) << row.inject << ": " << proof;
        EXPECT_TRUE(told.noted("tls falls on primary")) << row.inject;
        EXPECT_EQ(told.heard[1].status, 200) << row.inject;
    }
}

TYPED_TEST(TlsProvider, stalls_until_the_client_leaves)
{
    const Told told = this->tell_secured({"{target: primary, connections: 1, inject: {tls: {handshake: stall}}}"},
                                         {briefly(post(chat_body(3, false))), post(chat_body(3, false))});
    EXPECT_TRUE(told.heard[0].ending.starts_with("no connection: ")) << told.heard[0].ending;
    const std::string proof = told.rest_of("tls delivered to primary: ClientHello (");
    EXPECT_NE(proof.find(" bytes), then silent for "), std::string::npos) << proof;
    EXPECT_TRUE(proof.ends_with(", until the client left")) << proof;
    EXPECT_EQ(told.heard[1].status, 200);
}

TYPED_TEST(TlsProvider, a_stall_goes_on_where_its_window_ends)
{
    const Told told = this->tell_secured({"{target: primary, until: 400ms, inject: {tls: {handshake: stall}}}"},
                                         {post(chat_body(3, false))});
    EXPECT_EQ(told.heard[0].status, 200);
    EXPECT_TRUE(told.rest_of("tls delivered to primary: ClientHello (").ends_with(", then the handshake went on"));
}

/// As an old client that does not check: what it is shown does not matter to it.
net::Task<void> ask_without_looking(net::Runtime& world, Provider& provider, std::string& heard)
{
    net::TaskGroup serving(world.executor());
    serving.spawn(provider.serve());
    auto wire = co_await world.network().connect(provider.endpoint(), net::never);
    const Ask ask = post(chat_body(3, false));
    const std::string bytes = bytes_of(ask);
    const net::Error error = co_await (*wire)->write(bytes);
    EXPECT_FALSE(error);
    std::string answer(4096, '\0');
    const auto count = co_await (*wire)->read_some(answer);
    heard = count ? answer.substr(0, *count) : count.error().message();
    provider.stop();
    co_await serving.join();
}

TYPED_TEST(TlsProvider, does_not_speak_to_a_client_without_tls)
{
    SecuredWorld secured_world(this->world_.runtime);
    Notebook notebook;
    Provider provider(this->world_.runtime, secured(), {}, net::Chance(1), some_task().run, notebook,
                      secured_world.authority());
    std::string heard;
    this->world_.runtime.run(ask_without_looking(this->world_.runtime, provider, heard));
    EXPECT_FALSE(heard.starts_with("HTTP/")) << heard;
}

TEST(TlsFault, needs_a_provider_with_tls)
{
    const FaultSpec fault = read_faults({"{target: primary, inject: tls}"}).at(0);
    config::Complaints plain("test.yaml");
    faults::check_scope(fault, {primary()}, plain);
    ASSERT_EQ(plain.sorted().size(), 1U);
    EXPECT_EQ(plain.sorted()[0].text, "fault 'tls': tls acts on handshakes, and 'primary' has none; give it `tls: true`");
    config::Complaints none("test.yaml");
    faults::check_scope(fault, {secured()}, none);
    EXPECT_TRUE(none.empty());
}

TEST(TlsFault, is_a_handshake_or_a_certificate)
{
    const auto complaint = [](const std::string& inject) {
        config::Complaints complaints("test.yaml");
        faults::read_fault(*config::parse("{target: primary, inject: {tls: " + inject + "}}", complaints), complaints,
                           {"primary"}, {}, 1);
        return complaints.empty() ? "" : config::to_string(complaints.sorted().front());
    };
    EXPECT_EQ(complaint("{certificate: self_signed}"), "");
    EXPECT_EQ(complaint("{certificate: expird}"),
              "test.yaml:1:47: certificate: expected one of expired, wrong_name, unknown_ca, self_signed, found 'expird' (did "
              "you mean 'expired'?)");
    EXPECT_EQ(complaint("{handshake: stall, certificate: expired}"),
              "test.yaml:1:65: tls breaks the handshake or shows a bad certificate, not both");
}

}  // namespace
}  // namespace chaos::mock_providers
