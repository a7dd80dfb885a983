# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class DatabaseSettings < SettingGroup.for("database")
      PLAIN = [String, Symbol, Integer, true, false, nil].freeze
      private_constant :PLAIN
      MYSQL_SOCKET = "/var/run/mysqld/mysqld.sock"

      # Files change it in place: where they did is for the dump.
      class ExtraOptions < Hash
        attr_reader :place

        def initialize(loading, options = {})
          super()
          @loading = loading
          @place = ["", 0]
          update(options)
        end

        def []=(key, value)
          @place = @loading.location
          super
        end
        alias store []=
      end
      private_constant :ExtraOptions

      attr_reader :extra_options

      def initialize(loading)
        super
        @extra_options = ExtraOptions.new(loading)
      end

      def extra_options=(options)
        options = {} if options.nil?
        unless options.is_a?(Hash)
          return @loading.attempt { "database.extra_options should be a hash but was #{options.inspect}" }
        end
        @extra_options = ExtraOptions.new(@loading, options)
        @extra_options_place = @loading.location
      end

      # Called when all files have been read: what the hash holds in the end is what counts.
      def store_extra_options
        plain, others = @extra_options.partition { |_, value| plain?(value) }
        return if others.empty? && plain.empty? && @loading.get("database.extra_options").to_h.empty?
        places = [@extra_options.place, @extra_options_place].compact
        @loading.at(*(places.find { |file, _| !file.empty? } || places.first)) do
          @loading.set("database.extra_options", plain.empty? ? nil : plain.to_h)
          others.each { |key, value| note_option(key, value) }
        end
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

      def plain?(value)
        PLAIN.any? { |type| type === value } || (value.is_a?(Float) && value.finite?)
      end

      # Lists, hashes and what only the database's library knows are no settings of the manager's: the dump has them as
      # statements.
      def note_option(key, value)
        statement = "database.extra_options[#{key.inspect}]"
        if written?(value)
          @loading.note("#{statement} = #{value.inspect}")
        else
          @loading.note_unwritten("#{statement} with an object of class #{value.class}")
        end
      end

      def written?(value)
        case value
        when Array then value.all? { |one| written?(one) }
        when Hash then value.all? { |pair| written?(pair) }
        else plain?(value)
        end
      end

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
