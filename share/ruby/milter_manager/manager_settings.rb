# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class ManagerSettings < SettingGroup.for("manager")
      NETSTAT_CHECK_INTERVAL = 5 # seconds

      attr_reader :connection_checkers, :maintained_hooks, :event_loop_created_hooks

      def initialize(loading)
        super
        @connection_checkers = {}
        @maintained_hooks = []
        @event_loop_created_hooks = []
        @reports_memory_statistics = false
      end

      # The manager looks itself whether the SMTP client is still there.
      def use_netstat_connection_checker(interval = NETSTAT_CHECK_INTERVAL)
        self.connection_check_interval = interval
        @loading.builder.add_connection_checker("netstat")
      end

      # The block says whether the SMTP client is still there; one of the same name takes the old one's place.
      def define_connection_checker(name, &block)
        raise ArgumentError, "define_connection_checker needs a block" unless block
        @connection_checkers[name.to_s] = block
        @loading.builder.add_connection_checker(name.to_s)
      end

      def maintained(&block)
        @maintained_hooks << block if block
      end

      def event_loop_created(&block)
        @event_loop_created_hooks << block if block
      end

      def report_memory_statistics
        @reports_memory_statistics = true
      end

      def reports_memory_statistics?
        @reports_memory_statistics
      end
    end
  end
end
