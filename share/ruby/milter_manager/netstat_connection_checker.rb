# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What manager.netstat_connection_checker returns, for checkers that ask it and something else:
    #
    #   manager.define_connection_checker("patient") do |context|
    #     context["{client_name}"] == "slow.example.com" || manager.netstat_connection_checker.connected?(context)
    #   end
    #
    # It reads the system's table of connections, at most once in database_lifetime seconds. Where there is no such
    # table, every client counts as connected.
    class NetstatConnectionChecker
      TABLES = %w[/proc/net/tcp /proc/net/tcp6].freeze
      CLOSE_WAIT = 8 # the client has closed its side
      private_constant :TABLES, :CLOSE_WAIT

      attr_accessor :database_lifetime

      def initialize(database_lifetime)
        @database_lifetime = database_lifetime
        @mutex = Mutex.new
      end

      # Is the SMTP client still there? True where that can't be told: the MTA runs on another host, the client is no
      # IPv4 or IPv6 one, its port isn't known, or it is not in the table.
      def connected?(context)
        client = context.smtp_client_address
        return true unless context.smtp_server_address.local?
        return true unless (client.ipv4? || client.ipv6?) && client.port.positive? && client.to_ip_address
        state = states[[client.to_ip_address.to_i, client.port]]
        state != CLOSE_WAIT
      end

      private

      # [address, port] of the other side => state
      def states
        @mutex.synchronize do
          now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
          @states = nil if @read_at && now - @read_at >= @database_lifetime
          @read_at = now if @states.nil?
          @states ||= TABLES.select { |table| File.readable?(table) }.reduce({}) { |all, table| read(table, all) }
        end
      end

      def read(table, states)
        File.foreach(table).drop(1).each do |line|
          _, _, remote, state = line.split
          address, port = remote.to_s.split(":")
          states[[number(address), port.hex]] = state.hex if port
        end
        states
      end

      # Words of 32 bits, each in the host's order. What is mapped from IPv4 is an IPv4 address.
      def number(address)
        words = address.scan(/\h{8}/).map { |word| [word.hex].pack("L") }
        value = words.join.unpack("C*").reduce(0) { |sum, byte| (sum << 8) | byte }
        value >> 32 == 0xffff ? value & 0xffffffff : value
      end
    end
  end
end
