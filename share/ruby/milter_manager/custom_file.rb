# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "strscan"

module Milter
  module Manager
    # A milter-manager.custom.conf that is XML, as management programs write it: what it says wins over the
    # configuration files.
    #
    #   <configuration>
    #     <security><privilege-mode>true</privilege-mode></security>
    #     <manager><fallback-status>reject</fallback-status></manager>
    #     <milters>
    #       <milter>
    #         <name>milter-greylist</name>
    #         <enabled>false</enabled>
    #         <applicable-conditions><applicable-condition>S25R</applicable-condition></applicable-conditions>
    #       </milter>
    #     </milters>
    #   </configuration>
    class CustomFile
      GROUPS = %w[security controller manager].freeze
      MILTER_ELEMENTS = %w[description enabled connection-spec command command-options fallback-status
                           evaluation-mode].freeze
      private_constant :GROUPS, :MILTER_ELEMENTS

      def initialize(loading, path)
        @loading = loading
        @path = path
      end

      # Raises ParseError where the text is no XML, or not of that shape. A value that can't be is reported, and the rest
      # is still read.
      def read
        root = Elements.parse(@loading.sources.read(@path))
        unexpected(root, "") unless root.name == "configuration"
        root.children.each { |group| read_group(group) }
      rescue Elements::Malformed => error
        wrong(error.line, error.message)
      end

      private

      def read_group(group)
        if GROUPS.include?(group.name)
          group.children.each { |element| assign(group.name, element) }
        elsif group.name == "milters"
          group.children.each { |milter| read_milter(milter) }
        else
          unexpected(group, "/configuration")
        end
      end

      def assign(group, element)
        name = "#{group}.#{element.name.tr('-', '_')}"
        unexpected(element, "/configuration/#{group}") unless Native.setting_names.include?(name)
        reporting(element) { @loading.set(name, value_of(element, @loading.get(name))) }
      end

      def read_milter(milter)
        path = "/configuration/milters"
        unexpected(milter, path) unless milter.name == "milter"
        name = milter.children.find { |element| element.name == "name" }&.text
        wrong(milter.line, "a milter needs a name") if name.nil? || name.empty?
        @loading.at(@path, milter.line) do
          @loading.loader.define_milter(name) do |definition|
            milter.children.each { |element| change(definition, element, "#{path}/milter") }
          end
        end
      end

      def change(definition, element, path)
        case element.name
        when "name" then return
        when "applicable-conditions"
          reporting(element) { definition.applicable_conditions = names_in(element, path) }
        when *MILTER_ELEMENTS
          attribute = element.name.tr("-", "_")
          value = value_of(element, definition.public_send(attribute))
          reporting(element) { definition.public_send("#{attribute}=", value) }
        else
          unexpected(element, path)
        end
      end

      def names_in(element, path)
        element.children.map do |condition|
          unexpected(condition, "#{path}/#{element.name}") unless condition.name == "applicable-condition"
          condition.text
        end
      end

      # In the setting's own kind. An empty element is nil: the default.
      def value_of(element, current)
        text = element.text
        return nil if text.empty?
        case current
        when true, false then text == "true"
        when Integer then Integer(text, exception: false) || text
        when Float then Float(text, exception: false) || text
        else text
        end
      end

      def reporting(element, &block)
        @loading.at(@path, element.line, &block)
      rescue ConfigurationLoader::InvalidValue => error
        @loading.at(@path, element.line) { @loading.report(error) }
      end

      def unexpected(element, path)
        wrong(element.line, "unexpected element: #{path}/#{element.name}")
      end

      def wrong(line, message)
        raise ParseError.new(message, @path, line)
      end
    end
  end
end
