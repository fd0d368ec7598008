// The socket types of the real world: concrete executors, so that dispatching costs nothing.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/network.hpp"
#include "net/task.hpp"

namespace chaos::net::real {

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

/// Numeric addresses and "localhost" (127.0.0.1); nothing for other names.
std::optional<asio::ip::address> numeric_address(const std::string& host);

/// Non-blocking, without Nagle's delay, and closing with a reset if asked to.
void prepare(Socket& socket);
void close_socket(Socket& socket, Close how);

/// A stream over a connected socket.
StreamPtr make_stream(Socket socket);

}  // namespace chaos::net::real
