# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # ActiveRecord and its drivers, which are loaded when a configuration needs them.
    module DatabaseLibrary
      # By the adapter's name.
      Driver = Struct.new(:gem, :package, :adapter_class)
      DRIVERS = {
        "sqlite3" => Driver.new("sqlite3", "ruby-sqlite3", "SQLite3Adapter"),
        "postgresql" => Driver.new("pg", "ruby-pg", "PostgreSQLAdapter"),
        "mysql2" => Driver.new("mysql2", "ruby-mysql2", "Mysql2Adapter")
      }.freeze
      private_constant :Driver, :DRIVERS

      module_function

      # Raises ConfigurationLoader::Error where something is not installed, with the package that has it.
      def load(adapter)
        wanted("ActiveRecord", "activerecord", "ruby-activerecord") do
          require "active_record"
          ActiveRecord::Base
        end
        driver = DRIVERS[adapter]
        return load_other(adapter) if driver.nil?
        wanted("database.type = #{adapter.inspect}", driver.gem, driver.package) do
          require "active_record/connection_adapters/#{adapter}_adapter"
        end
        DatabaseInterrupts.prepare(driver.adapter_class)
      end

      # The block loads what `name` means.
      def wanted(name, gem_name, package)
        yield
      rescue LoadError => error
        raise ConfigurationLoader::Error,
              "#{name} needs what is not installed: on Debian, apt-get install #{package}; elsewhere, " \
              "gem install #{gem_name} (#{one_line(error)})"
      end

      def load_other(adapter)
        require "active_record/connection_adapters/#{adapter}_adapter"
      rescue LoadError => error
        raise ConfigurationLoader::Error,
              "database.type should be one of #{DRIVERS.keys.inspect}, or that of another adapter whose gem is installed, " \
              "but was #{adapter.inspect} (#{one_line(error)})"
      end

      def one_line(error)
        error.message.to_s.lines.first.to_s.strip
      end

      private_class_method :wanted, :load_other, :one_line
    end
  end
end
