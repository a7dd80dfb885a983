# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  # Where a peer is, as connect stoppers and connection checkers get it:
  #
  #   condition.define_connect_stopper { |context, host, address| address.local? }
  #
  # Values: two of the same class with the same parts are equal, also as keys of a hash.
  module SocketAddress
    # What all have, with the answers of an address that is none.
    class Base
      def local? = false

      def ipv4? = false

      def ipv6? = false

      def unix? = false

      def unknown? = false

      # An IPAddr, for addresses that have one.
      def to_ip_address = nil

      def ==(other)
        other.class == self.class && other.parts == parts
      end
      alias eql? ==

      def hash
        [self.class, parts].hash
      end

      def inspect
        "#<#{self.class} #{self}>"
      end

      protected

      def parts = []
    end

    # What IPv4 and IPv6 share. Addresses come from the network: a text that is no address makes an object that is
    # not local and has no IPAddr, instead of an exception in the midst of a condition.
    class IP < Base
      attr_reader :address, :port

      def initialize(address, port)
        super()
        @address = -address.to_s
        @port = port.to_i
      end

      def to_ip_address
        return @ip_address if defined?(@ip_address)
        ip_address = parse(@address)
        @ip_address = ip_address unless frozen?
        ip_address
      end

      def local?
        ip_address = to_ip_address
        !ip_address.nil? && local_networks.any? { |network| network.include?(ip_address) }
      end

      def to_s
        "#{protocol}:#{port}@[#{address}]"
      end

      protected

      def parts = [address, port]
    end

    class IPv4 < IP
      # Loopback, and the private networks of RFC 1918.
      LOCAL = %w[127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16].freeze
      private_constant :LOCAL

      def self.local_networks
        @local_networks ||= LOCAL.map { |network| IPAddr.new(network) }.freeze
      end

      def ipv4? = true

      private

      def protocol = "inet"

      def local_networks = IPv4.local_networks

      def parse(text)
        IPAddr.new(text, Socket::AF_INET)
      rescue ArgumentError # IPAddr::Error too; bytes that are no text
        nil
      end
    end

    class IPv6 < IP
      # Loopback and link-local addresses. Unique local ones (fc00::/7) are not among them.
      LOCAL = %w[::1 fe80::/10].freeze
      private_constant :LOCAL

      def self.local_networks
        @local_networks ||= LOCAL.map { |network| IPAddr.new(network) }.freeze
      end

      def ipv6? = true

      private

      def protocol = "inet6"

      def local_networks = IPv6.local_networks

      # Sendmail writes "IPv6:" before an address, and getnameinfo "%eth0" behind one.
      def parse(text)
        IPAddr.new(text.sub(/\AIPv6:/i, "").sub(/%.*\z/m, ""), Socket::AF_INET6)
      rescue ArgumentError # IPAddr::Error too; bytes that are no text
        nil
      end
    end

    class Unix < Base
      attr_reader :path

      def initialize(path)
        super()
        @path = -path.to_s
      end

      def unix? = true

      def local? = true

      def to_s
        "unix:#{path}"
      end

      protected

      def parts = [path]
    end

    class Unknown < Base
      def unknown? = true

      def to_s
        "unknown"
      end
    end

    # The object for what the milter protocol says: family "4", "6", "L" (path in address) or "U".
    def self.build(family, address, port)
      case family
      when "4" then IPv4.new(address, port)
      when "6" then IPv6.new(address, port)
      when "L" then Unix.new(address)
      else Unknown.new
      end
    end
  end
end
