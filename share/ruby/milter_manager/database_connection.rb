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
        last = @lock.synchronize do
          connection.let_go.tap { |nobody_has_it| @shared.delete(connection) if nobody_has_it }
        end
        connection.close if last
      end

      # For threads that are no condition's.
      def self.make_default(connection)
        ActiveRecord::Base.default_connection_handler = connection.handler
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
          clean &&= !Thread.current.thread_variable_get(ATTACHED)&.closed?
          pools_of(ActiveRecord::Base.connection_handler).each { |pool| give_back_to(pool, clean) }
        ensure
          attach(nil)
        end
      end

      def self.pools_of(handler)
        # Gone in ActiveRecord 7.2, whose connection_pool_list knows :all.
        handler.respond_to?(:all_connection_pools) ? handler.all_connection_pools : handler.connection_pool_list(:all)
      end

      # Also those that were only being taken when the thread was told to stop, of which the pool knows no more than whose they are.
      def self.give_back_to(pool, clean)
        pool.connections.each do |connection|
          give_back_one(pool, connection, clean) if connection.owner == Thread.current
        end
      end

      # What goes wrong with one is told, and leaves nothing undone of it or of the others.
      def self.give_back_one(pool, connection, clean)
        return pool.checkin(connection) if clean && !connection.transaction_open?
        begin
          connection.disconnect!
        ensure
          pool.remove(connection)
        end
      rescue StandardError => error
        Failure.new(error).log("database")
        give_back_one(pool, connection, false) if clean
      end
      private_class_method :give_back_to, :give_back_one

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
        self.class.pools_of(@handler).each do |pool|
          pool.flush(-1) # what is idle, for however short a time
        rescue StandardError => error
          Failure.new(error).log("database")
        end
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
