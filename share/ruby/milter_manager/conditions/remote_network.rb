# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Which addresses are remote: neither private nor told to be local here.
    #
    #   remote_network.add_local_address("192.0.2.0/24")
    #   remote_network.add_remote_address("10.1.2.3")
    class RemoteNetwork
      include Misspelling

      def initialize(loading)
        @loading = loading
        @builder = loading.builder
      end

      # An address, a network or an IPAddr.
      def add_local_address(address)
        add("remote_network.add_local_address", address) { |text| @builder.add_local_network(text) }
      end

      # Goes before all that is local.
      def add_remote_address(address)
        add("remote_network.add_remote_address", address) { |text| @builder.add_remote_network(text) }
      end

      # A socket address, as connect stoppers get it, a text or an IPAddr. What is no address is neither local nor
      # remote.
      def local?(address)
        return true if address.respond_to?(:unix?) && address.unix?
        @builder.local_address?(host_of(address)) == true
      end

      def remote?(address)
        return false if address.respond_to?(:unix?) && address.unix?
        @builder.local_address?(host_of(address)) == false
      end

      private

      def spoken_name
        "remote_network"
      end

      def add(statement, address)
        text = text_of(address)
        error = yield(text)
        raise ConfigurationLoader::InvalidValue, "#{statement}: #{error}" if error
        @loading.note("#{statement}(#{text.inspect})")
      end

      def text_of(address)
        # IPAddr#to_s leaves out the prefix.
        address.respond_to?(:prefix) ? "#{address}/#{address.prefix}" : address.to_s
      end

      def host_of(address)
        return address.address.to_s if address.respond_to?(:address)
        address.to_s
      end
    end
  end
end
