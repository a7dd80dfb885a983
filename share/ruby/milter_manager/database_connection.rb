# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # A database that database.setup has connected, with the pool of its connections. Configurations that say the same share it, so
    # that a reload leaves its connections alone; one that says otherwise has its own, and sessions of the older one go on with theirs.
    # When no configuration has it any more its connections are closed.
    class DatabaseConnection
      ATTACHED = :milter_manager_database
      private_constant :ATTACHED

      @shared = []
      @lock = Mutex.new
      @has_default = false

      # Nothing is connected yet: that happens where it is used first, so that a database which is down keeps nobody from
      # starting. shareable: not what each configuration is to have anew.
      def self.open(options, shareable:)
        @lock.synchronize do
          found = @shared.find { |one| one.same?(options) } if shareable
          found ||= new(options).tap { |one| @shared << one if shareable }
          found.hold
        end
      end

      # By one of those who have it.
      def self.close(connection)
        @lock.synchronize do
          next unless connection.let_go
          @shared.delete(connection)
          connection.close
        end
      end

      # For threads that are no condition's. good: takes the place of an older one.
      def self.make_default(connection, good)
        ActiveRecord::Base.default_connection_handler = connection.handler if good || !@has_default
        @has_default = true
      end

      # What this thread asks goes to that database; nil: to the default one.
      def self.attach(connection)
        Thread.current.thread_variable_set(ATTACHED, connection)
        ActiveRecord::Base.connection_handler = connection&.handler if defined?(ActiveRecord::Base)
      end

      # The end of what this thread had to ask. Its connections go back to the pool, where the next one to take them looks whether they
      # are still good. clean: false where it was ended in the middle: half an answer may be in them, so they are closed.
      def self.give_back(clean: true)
        return unless defined?(ActiveRecord::Base)
        Thread.handle_interrupt(Object => :never) do # Object: Thread#kill too
          closed = Thread.current.thread_variable_get(ATTACHED)&.closed?
          pools_of(ActiveRecord::Base.connection_handler).each { |pool| give_back_to(pool, clean && !closed) }
          attach(nil)
        end
      rescue StandardError => error
        Failure.new(error).log("database")
      end

      def self.pools_of(handler)
        # Gone in ActiveRecord 7.2, whose connection_pool_list knows :all.
        handler.respond_to?(:all_connection_pools) ? handler.all_connection_pools : handler.connection_pool_list(:all)
      end

      # Also those that were only being taken when the thread was told to stop, of which the pool knows no more than whose they are.
      def self.give_back_to(pool, clean)
        pool.connections.each do |connection|
          next unless connection.owner == Thread.current
          if clean && !connection.transaction_open?
            pool.checkin(connection)
          else
            connection.disconnect!
            pool.remove(connection)
          end
        end
      end
      private_class_method :give_back_to

      attr_reader :handler

      def initialize(options)
        @options = options
        @holders = 0
        @closed = false
        @handler = ActiveRecord::ConnectionAdapters::ConnectionHandler.new
        establish
      end

      def same?(options)
        @options == options
      end

      def hold
        @holders += 1
        self
      end

      # Whether nobody holds it any more.
      def let_go
        (@holders -= 1).zero?
      end

      def closed?
        @closed
      end

      # One in use, by a thread that was left behind, is closed when it is given back.
      def close
        @closed = true
        self.class.pools_of(@handler).each { |pool| pool.flush(-1) } # what is idle, for however short a time
      end

      # The options have the password.
      def inspect
        "#<#{self.class}>"
      end

      private

      def establish
        before = ActiveRecord::Base.connection_handler
        ActiveRecord::Base.connection_handler = @handler
        ActiveRecord::Base.establish_connection(**@options)
      ensure
        ActiveRecord::Base.connection_handler = before
      end
    end
  end
end
