# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class DatabaseSettings < SettingGroup.for("database")
      PLAIN = [String, Symbol, Integer, Float, true, false, nil].freeze
      private_constant :PLAIN
      MYSQL_SOCKET = "/var/run/mysqld/mysqld.sock"

      attr_reader :extra_options

      def initialize(loading)
        super
        @extra_options = {}
      end

      def extra_options=(options)
        options = {} if options.nil?
        unless options.is_a?(Hash)
          return @loading.attempt { "database.extra_options should be a hash but was #{options.inspect}" }
        end
        @extra_options = options
        store_extra_options
      end

      # Users change the hash in place; what it holds in the end is what counts. Of values that are no plain ones only
      # the database's library knows.
      def store_extra_options
        plain = @extra_options.select { |_, value| PLAIN.any? { |type| type === value } }
        return if plain.empty? && @loading.get("database.extra_options").to_h.empty?
        @loading.set("database.extra_options", plain.empty? ? nil : plain)
      end

      # Connects ActiveRecord. Once is enough; more does no harm.
      def setup
        return if @connected
        options = connection_options
        require "active_record"
        ActiveRecord::Base.establish_connection(**options)
        @connected = true
      end

      # Requires each file that path names, as load looks it up. One that can't be loaded is reported, and the
      # others are still loaded. They are loaded anew at each reload.
      def load_models(path)
        @loading.load_path.resolve(path).each do |model|
          model = File.expand_path(model)
          @loading.own_file(model)
          begin
            $LOADED_FEATURES.delete(model)
            require model
          rescue StandardError, ScriptError => error
            @loading.report(error)
          end
        end
      end

      def connection_options
        required("database.type")
        options = case type
                  when "mysql", "mysql2" then mysql_options
                  when "sqlite3" then sqlite3_options
                  else plain_options
                  end
        extra_options.each { |key, value| options[key.to_sym] = value }
        options
      end

      private

      def required(name)
        raise ConfigurationLoader::MissingValue, name if @loading.get(name).nil?
      end

      def plain_options
        { adapter: type, database: name, host: host, port: port, username: user, password: password }.compact
      end

      def mysql_options
        required("database.name")
        socket = path || (MYSQL_SOCKET if File.exist?(MYSQL_SOCKET))
        { adapter: type, database: name, host: host || "localhost", port: port || 3306, socket: socket,
          username: user || "root", password: password }.compact
      end

      def sqlite3_options
        file = name || path
        raise ConfigurationLoader::MissingValue, "database.name" if file.nil?
        file = File.expand_path(file, database_folder) unless file == ":memory:"
        { adapter: type, database: file }
      end

      def database_folder
        (@loading.get("package.options") || {})["prefix"] || Native.prefix
      end
    end
  end
end
