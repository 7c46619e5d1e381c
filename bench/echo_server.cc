// The floor under staunch serve: a server of Boost.Beast that reads a request and answers with its body, and does no
// other work. As the library's examples are written, with a read buffer that is large enough.   echo_server PORT
// THREADS
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) { buffer_.reserve(128 << 10); }

  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->write();
    });
  }

 private:
  void write() {
    response_ = http::response<http::string_body>(http::status::ok, request_.version());
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = std::move(request_.body());
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error && self->response_.keep_alive()) self->read();
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(tcp::acceptor& acceptor, std::vector<std::unique_ptr<asio::io_context>>& loops, std::size_t next) {
  acceptor.async_accept(*loops[next % loops.size()],
                        [&acceptor, &loops, next](beast::error_code error, tcp::socket socket) {
                          if (error) return;
                          auto& loop = *loops[next % loops.size()];
                          auto held = std::make_shared<tcp::socket>(std::move(socket));
                          asio::post(loop, [held] {
                            held->set_option(tcp::no_delay(true));
                            std::make_shared<Session>(std::move(*held))->read();
                          });
                          accept(acceptor, loops, next + 1);
                        });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(argv[2]); ++i) loops.push_back(std::make_unique<asio::io_context>(1));
  tcp::acceptor acceptor(*loops[0],
                         {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(std::atoi(argv[1]))});
  accept(acceptor, loops, 0);
  for (auto& loop : loops)
    threads.emplace_back([&loop] {
      const auto work = asio::make_work_guard(*loop);
      loop->run();
    });
  for (std::thread& thread : threads) thread.join();
}
