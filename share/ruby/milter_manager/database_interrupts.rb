# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # Makes ActiveRecord and its drivers fit for threads that are told to stop, whatever they are at: no connection is lost between
    # two hands, none stays open that nobody has, none keeps who closes it, and none keeps Ruby as a whole from running.
    module DatabaseInterrupts
      module_function

      # adapter_class: the name of one that is loaded.
      def prepare(adapter_class)
        adapters = ActiveRecord::ConnectionAdapters
        adapters::ConnectionPool.prepend(Checkout)
        adapter = adapters.const_get(adapter_class)
        adapter.prepend(Reconnecting)
        adapter.prepend(Closing) if adapter_class == "PostgreSQLAdapter"
        SQLite3::Statement.prepend(UninterruptedStatement) if defined?(SQLite3::Statement)
        SQLite3::Database.prepend(UninterruptedDatabase) if defined?(SQLite3::Database)
        PG::Connection.prepend(InterruptibleConnecting) if defined?(PG::Connection)
        PG::Connection.singleton_class.prepend(ConnectStart) if defined?(PG::Connection)
        Mysql2::Client.prepend(Initialization) if defined?(Mysql2::Client)
      end

      # Told to stop while it takes a connection, a thread stops where it waits for somebody, and not between two steps of the pool's.
      module Checkout
        def checkout(*)
          Thread.handle_interrupt(DeadlineExceeded => :on_blocking) { super }
        end

        private

        def try_to_checkout_new_connection
          Connecting.run { super }
        end
      end

      module Reconnecting
        def reconnect!(*, **)
          Connecting.run { super }
        end
      end

      # ActiveRecord has the server forget each prepared statement first, and waits: a server that hangs would keep who closes.
      module Closing
        def disconnect!
          (@connection || @raw_connection)&.close
        rescue PG::Error
          nil # closed already
        ensure
          super
        end
      end

      # A driver's connection has no owner before it is made; one that never gets there would stay open until Ruby happens to
      # collect it.
      module Connecting
        BEGUN = :milter_manager_connecting
        private_constant :BEGUN

        module_function

        def run
          begun(nil)
          made = false
          result = Thread.handle_interrupt(DeadlineExceeded => :never) { yield }
          made = true
          result
        ensure
          made ? begun(nil) : close
        end

        def begun(connection)
          Thread.current.thread_variable_set(BEGUN, connection)
        end

        def close
          Thread.current.thread_variable_get(BEGUN)&.close
        rescue StandardError
          nil # the driver has closed it
        ensure
          begun(nil)
        end
      end

      module ConnectStart
        def connect_start(*)
          super.tap { |connection| Connecting.begun(connection) }
        end
      end

      module InterruptibleConnecting
        private

        def async_connect_or_reset(*)
          Thread.handle_interrupt(DeadlineExceeded => :on_blocking) { super }
        end
      end

      module Initialization
        def initialize(*)
          Connecting.begun(self)
          super
        end
      end

      # What is raised in the middle of SQLite's work leaves its lock with nobody: the next who needs it would wait for ever, and all
      # of Ruby with it. SQLite runs Ruby code there when a database is locked.
      module UninterruptedStatement
        def initialize(*)
          Thread.handle_interrupt(Object => :never) { super }
        end

        def step
          Thread.handle_interrupt(Object => :never) { super }
        end
      end

      module UninterruptedDatabase
        PAUSE = 0.01 # seconds
        private_constant :PAUSE

        def initialize(*, **)
          Connecting.begun(self)
          super
        end

        # SQLite's own wait for a locked database keeps Ruby's other threads from running. This one ends, too, when the thread is told
        # to stop; that is raised when SQLite has returned.
        def busy_timeout=(milliseconds)
          since = nil
          busy_handler do |count|
            now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)
            since = now if count.zero?
            next false if now - since >= milliseconds || Thread.current.pending_interrupt?
            sleep(PAUSE)
            true
          end
        end
        alias busy_timeout busy_timeout=
        alias busy_handler_timeout= busy_timeout=

        private

        def exec_batch(*)
          Thread.handle_interrupt(Object => :never) { super }
        end
      end
    end
  end
end
