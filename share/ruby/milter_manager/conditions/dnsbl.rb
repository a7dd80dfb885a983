# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The lists of bad hosts that clients are looked up in, and the name servers to ask.
    #
    #   dnsbl.add_service("zen.spamhaus.org", "127.0.0.10/31")
    #   dnsbl.name_servers = ["192.0.2.53", "[2001:db8::53]:53"]
    class DNSBL
      include Misspelling

      attr_reader :name_servers

      def initialize(loading)
        @loading = loading
        @builder = loading.builder
        @services = {}
        @name_servers = []
      end

      # A client is listed if the service answers with an address in `expected` (an address, a network or an IPAddr;
      # nil: with any).
      def add_service(domain, expected = nil)
        domain = domain.to_s
        expected = expected.respond_to?(:prefix) ? "#{expected}/#{expected.prefix}" : expected&.to_s
        error = @builder.add_dnsbl_service(domain, expected)
        raise ConfigurationLoader::InvalidValue, "dnsbl.add_service: #{error}" if error
        arguments = [domain, expected].compact.map(&:inspect)
        @loading.note("dnsbl.add_service(#{arguments.join(', ')})", "dnsbl.add_service(#{domain.inspect}")
        @services[domain] = expected
      end

      # Forgets all services.
      def clear
        @builder.clear_dnsbl_services
        @loading.note("", "dnsbl.add_service(")
        @services.clear
      end

      # domain => expected
      def services
        @services.dup
      end

      # Addresses, with ":port" behind them if it isn't 53; nil or none: the system's.
      def name_servers=(servers)
        servers = Array(servers).map(&:to_s)
        error = @builder.set_dnsbl_name_servers(servers)
        raise ConfigurationLoader::InvalidValue, "dnsbl.name_servers: #{error}" if error
        @loading.note("dnsbl.name_servers = #{servers.inspect}", "dnsbl.name_servers = ")
        @name_servers = servers
      end

      def name_server
        @name_servers.first
      end
      alias name_server= name_servers=

      private

      def spoken_name
        "dnsbl"
      end
    end
  end
end
