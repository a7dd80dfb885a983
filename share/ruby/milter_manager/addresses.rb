# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# Ruby's own libraries for addresses take half a megabyte: they are loaded when somebody names what is in them.
autoload :IPAddr, "ipaddr"
%i[Addrinfo BasicSocket IPSocket Socket SocketError TCPServer TCPSocket UDPSocket UNIXServer UNIXSocket].each do |name|
  autoload name, "socket"
end

module Milter
  module Manager
    module Addresses
      # Now, and not in a condition's thread: that may be told to stop in the middle of it.
      def self.load
        require "ipaddr"
      end
    end
  end
end
