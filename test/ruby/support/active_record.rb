# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# In the place of the real library: what was asked of it can be seen, and no server is needed.
module ActiveRecord
  module ConnectionAdapters
    class ConnectionHandler
      def all_connection_pools
        []
      end
    end

    class ConnectionPool
    end

    class AbstractAdapter
    end
  end

  class Base
    Row = Struct.new(:name)

    class << self
      attr_accessor :default_connection_handler
      attr_writer :connection_handler

      def connection_handler
        @connection_handler || default_connection_handler
      end
    end
    self.default_connection_handler = ConnectionAdapters::ConnectionHandler.new

    def self.establish_connection(**options)
      ($connections ||= []) << options
    end

    def self.all
      %w[alice bob].map { |name| Row.new(name) }
    end
  end
end
