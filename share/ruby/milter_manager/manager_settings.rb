# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The manager's settings, and the blocks that the manager calls. They belong to one configuration: after a reload, those
    # of the new one are called.
    class ManagerSettings < SettingGroup.for("manager")
      NETSTAT = "netstat"
      NETSTAT_CHECK_INTERVAL = 5 # seconds

      # name => block of |context|, true as long as the client is there; blocks without arguments; blocks of |loop|.
      attr_reader :connection_checkers, :maintained_hooks, :event_loop_created_hooks

      def initialize(loading)
        super
        @connection_checkers = {}
        @maintained_hooks = []
        @event_loop_created_hooks = []
        @reports_memory_statistics = false
      end

      # The manager looks itself whether the SMTP client is still there, each `interval` seconds.
      def use_netstat_connection_checker(interval = NETSTAT_CHECK_INTERVAL)
        self.connection_check_interval = interval
        netstat_connection_checker.database_lifetime = connection_check_interval
        @connection_checkers.delete(NETSTAT)
        note_block("", checker_statement(NETSTAT))
        @loading.builder.use_netstat_connection_checker(*@loading.location)
      end

      def netstat_connection_checker
        @netstat_connection_checker ||= NetstatConnectionChecker.new(NETSTAT_CHECK_INTERVAL)
      end

      # The block says whether the SMTP client is still there; one of the same name takes the old one's place. How often
      # it is asked says connection_check_interval.
      def define_connection_checker(name, &block)
        raise ArgumentError, "define_connection_checker needs a block" unless block
        @connection_checkers[name.to_s] = block
        note_block(checker_statement(name), checker_statement(name))
        @loading.builder.add_connection_checker(name.to_s, *@loading.location)
      end

      # After each maintenance.
      def maintained(&block)
        raise ArgumentError, "maintained needs a block" unless block
        @maintained_hooks << block
        note_block("manager.maintained")
      end

      # Once, when the loop is there.
      def event_loop_created(&block)
        raise ArgumentError, "event_loop_created needs a block" unless block
        @event_loop_created_hooks << block
        note_block("manager.event_loop_created")
      end

      # A statistics event with the memory in use, at each maintenance.
      def report_memory_statistics
        @reports_memory_statistics = true
        @loading.builder.report_memory_statistics(*@loading.location)
      end

      def reports_memory_statistics?
        @reports_memory_statistics
      end

      private

      def checker_statement(name)
        "manager.define_connection_checker(#{name.to_s.inspect})"
      end

      def note_block(statement, replaced = "")
        @loading.note_unwritten(statement.empty? ? "" : "#{statement} with a block", replaced)
      end
    end
  end
end
