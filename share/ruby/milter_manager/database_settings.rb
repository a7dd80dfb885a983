# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    class DatabaseSettings < SettingGroup.for("database")
      # As in the manager's own dump.
      SECRET = /password|passwd|passphrase|secret/.freeze
      private_constant :SECRET
      PLAIN = [String, Symbol, Integer, true, false, nil].freeze
      private_constant :PLAIN

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

      # Connects ActiveRecord. Once is enough; more does no harm. A database that is down is no error before it is asked something.
      def setup
        connect if @connection.nil?
      end

      # Loads each file that path names, as load looks it up, in their order. One that can't be loaded is reported, and the
      # others are still loaded. They are loaded anew at each reload.
      def load_models(path)
        files = @loading.load_path.resolve(path).map { |file| File.expand_path(file) }
        @models ||= DatabaseModels.new(@loading)
        @models.load(files)
      end

      def connection_options
        options.to_h
      end

      # Called before a block of this configuration runs on the thread.
      def attach
        DatabaseConnection.attach(@connection)
      end

      # Called when all files have been read: settings behind database.setup count as well.
      def finish
        store_extra_options
        connect unless @connection.nil? || options.memory?
      end

      # Called when the configuration takes the place of the one before.
      def make_default
        DatabaseConnection.make_default(@connection) if @connection
      end

      # Called when no session uses the configuration any more.
      def close
        connection = @connection
        @connection = nil
        DatabaseConnection.close(connection) if connection
      end

      private

      # What the hash holds in the end is what counts.
      def store_extra_options
        plain, others = @extra_options.partition { |_, value| plain?(value) }
        return if others.empty? && plain.empty? && @loading.get("database.extra_options").to_h.empty?
        places = [@extra_options.place, @extra_options_place].compact
        @loading.at(*(places.find { |file, _| !file.empty? } || places.first)) do
          @loading.set("database.extra_options", plain.empty? ? nil : plain.to_h)
          others.each { |key, value| note_option(key, value) }
        end
      end

      def plain?(value)
        PLAIN.any? { |type| type === value } || (value.is_a?(Float) && value.finite?)
      end

      # Lists, hashes and what only the database's library knows are no settings of the manager's: the dump has them as
      # statements.
      def note_option(key, value)
        statement = "database.extra_options[#{key.inspect}]"
        if secret?(key, value)
          @loading.note_unwritten("#{statement} with a secret")
        elsif written?(value)
          @loading.note("#{statement} = #{value.inspect}")
        else
          @loading.note_unwritten("#{statement} with an object of class #{value.class}")
        end
      end

      def secret?(key, value)
        return true if SECRET.match?(key.to_s)
        case value
        when Hash then value.any? { |name, one| secret?(name, one) }
        when Array then value.any? { |one| secret?("", one) }
        else false
        end
      end

      def written?(value)
        case value
        when Array then value.all? { |one| written?(one) }
        when Hash then value.all? { |pair| written?(pair) }
        else plain?(value)
        end
      end

      def options
        DatabaseOptions.new(self, @loading.loader.manager, folder)
      end

      # Relative names of files begin where the manager is installed.
      def folder
        (@loading.get("package.options") || {})["prefix"] || Native.prefix
      end

      def connect
        wanted = options
        connection_options = wanted.to_h
        DatabaseLibrary.load(wanted.adapter)
        warn_of_new_file(wanted.file) if @connection.nil?
        older = @connection
        @connection = DatabaseConnection.open(connection_options, shareable: !wanted.memory?)
        DatabaseConnection.give_back
        DatabaseConnection.close(older) if older
        attach
      end

      # SQLite makes it, and its folder.
      def warn_of_new_file(file)
        return if file.nil? || File.exist?(file)
        @loading.warn("there is no database file #{file}: an empty one will be made")
      end
    end
  end
end
