# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "milter_manager/condition_table"

module Milter
  module Manager
    # A cidr_table(5) of Postfix:
    #
    #   192.0.2.0/24        permit our own network
    #   !2001:db8::/32      reject
    #   if 198.51.100.0/24
    #   198.51.100.7        permit
    #   endif
    #
    #   table = Milter::Manager::PostfixCIDRTable.new.load("/etc/postfix/clients.cidr")
    #   table.find("192.0.2.1")   # => "permit our own network"
    #
    # A network may have bits behind its prefix; Postfix would leave such an entry out.
    class PostfixCIDRTable < ConditionTable
      # The action of the first entry whose network has the address: a text, an IPAddr or a socket address. nil: there is
      # none, or it is no address.
      def find(address)
        address = ip_address(address)
        address && first_action(@entries, address)
      end

      private

      ENTRY = /\A(!*)\s*(\S+)(?:\s+(.+))?\z/m.freeze
      private_constant :ENTRY

      def read_entry(line, text)
        _, negation, network, action = *ENTRY.match(text) || invalid_format(line)
        Entry.new(IPAddr.new(network.tr("[]", "")), negation.size.odd?, action)
      rescue IPAddr::Error
        invalid_value(line, "invalid address", network)
      end

      # An address of the other family is outside of every network.
      def match(network, address)
        network.family == address.family && network.include?(address)
      end

      def action(entry, _match)
        entry.action
      end

      def ip_address(address)
        address = address.to_ip_address if address.respond_to?(:to_ip_address)
        return address if address.nil? || address.is_a?(IPAddr)
        IPAddr.new(address.to_s)
      rescue ArgumentError # IPAddr::Error too; bytes that are no text
        nil
      end
    end
  end
end
