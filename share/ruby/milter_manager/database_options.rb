# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The settings of `database` as ActiveRecord wants them, with what keeps a database that is down or slow from taking longer than
    # a condition may. What database.extra_options says wins.
    class DatabaseOptions
      MYSQL_SOCKET = "/var/run/mysqld/mysqld.sock"
      POSTGRESQL_SOCKET = /\A\.s\.PGSQL\.(\d+)\z/.freeze
      MEMORY = ":memory:"
      # Names of a type that people know, and ActiveRecord's.
      ADAPTERS = { "pg" => "postgresql", "postgres" => "postgresql", "mysql" => "mysql2", "sqlite" => "sqlite3" }.freeze
      DEFAULT_TYPE = "sqlite3"
      # Beside the threads of conditions: the configuration itself and the thread of its timers.
      OTHER_THREADS = 2
      private_constant :MYSQL_SOCKET, :POSTGRESQL_SOCKET, :MEMORY, :ADAPTERS, :DEFAULT_TYPE, :OTHER_THREADS

      # settings: a DatabaseSettings; manager: what has condition_timeout and n_condition_threads; folder: where relative names of
      # SQLite's files begin.
      def initialize(settings, manager, folder)
        @settings = settings
        @timeout = Float(manager.condition_timeout)
        @n_threads = Integer(manager.n_condition_threads)
        @folder = folder
      end

      def adapter
        type = @settings.type || DEFAULT_TYPE
        ADAPTERS.fetch(type, type)
      end

      # Without those that aren't set.
      def to_h
        options = { adapter: adapter, **pool, **own }.compact
        @settings.extra_options.each { |key, value| options[key.to_sym] = value }
        options[:variables] = variables(options[:variables]) if adapter == "postgresql"
        options
      end

      # The file, unless the database is no file's.
      def file
        return unless adapter == "sqlite3"
        name = to_h[:database]
        name unless name == MEMORY || name.start_with?("file:")
      end

      # Whether each connection has a database of its own, which ends with it.
      def memory?
        adapter == "sqlite3" && to_h[:database] == MEMORY
      end

      private

      def own
        case adapter
        when "mysql2" then mysql
        when "sqlite3" then sqlite
        when "postgresql" then postgresql
        else server
        end
      end

      # Who waits for a connection hears why before the condition's time is up.
      def pool
        { pool: @n_threads + OTHER_THREADS, checkout_timeout: @timeout / 2 }
      end

      # A connection that turns out to be dead takes one wait, and the next one another.
      def one_wait
        [(@timeout / 2).floor, 1].max
      end

      def server
        { database: @settings.name, host: @settings.host, port: @settings.port, username: @settings.user,
          password: @settings.password }
      end

      def postgresql
        options = { **server, connect_timeout: one_wait }
        return options if @settings.path.nil? || @settings.host
        folder, name = File.split(@settings.path)
        match = POSTGRESQL_SOCKET.match(name)
        return { **options, host: @settings.path } if match.nil?
        { **options, host: folder, port: @settings.port || match[1].to_i }
      end

      # The server gives up when nobody waits any more.
      def variables(given)
        given = {} unless given.is_a?(Hash)
        { statement_timeout: (@timeout * 1000).ceil }.merge(given.transform_keys(&:to_sym))
      end

      def mysql
        required_name
        socket = @settings.path || (MYSQL_SOCKET if File.exist?(MYSQL_SOCKET))
        { **server, host: @settings.host || "localhost", port: @settings.port || 3306, socket: socket,
          username: @settings.user || "root", connect_timeout: one_wait, read_timeout: one_wait,
          write_timeout: one_wait, init_command: mysql_limit }
      end

      # As for PostgreSQL. MariaDB reads the first comment, in seconds; MySQL the second one, in milliseconds.
      def mysql_limit
        "SET @milter_manager = 1 /*M!100101 , SESSION max_statement_time = #{@timeout.ceil} */ " \
          "/*!50708 , SESSION max_execution_time = #{(@timeout * 1000).ceil} */"
      end

      def sqlite
        name = required_name(@settings.name || @settings.path)
        if name == MEMORY
          # One for all threads, and not closed when nobody uses it for a while.
          return { database: name, pool: 1, idle_timeout: 0 }
        end
        name = File.expand_path(name, @folder) unless name.start_with?("file:")
        { database: name, timeout: one_wait * 1000 }
      end

      def required_name(name = @settings.name)
        raise ConfigurationLoader::MissingValue, "database.name" if name.nil?
        name
      end
    end
  end
end
