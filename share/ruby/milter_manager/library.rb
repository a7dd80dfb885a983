# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

require "monitor"

module Milter
  module Manager
    # This library as the program has it built in. What lies on the disk may be another version: a package was upgraded while
    # the manager runs, and a process that it starts after that must be what the others are. Files of the library are required, not
    # autoloaded: Ruby does not take what comes in this way for an autoload's answer.
    module Library
      LOCK = Monitor.new
      REQUIRED = {}
      private_constant :LOCK, :REQUIRED

      module_function

      # Called by the manager first of all. sources: "milter_manager/guard" => its text; folder: where people find the same
      # files, which their names in messages begin with.
      def built_in(sources, folder)
        @sources = sources
        @folder = folder
      end

      # As Kernel#require; nil: it is none of ours.
      def require_built_in(feature)
        source = @sources&.[](feature) or return nil
        LOCK.synchronize do
          return false if REQUIRED[feature]
          REQUIRED[feature] = true
          path = "#{@folder}/#{feature}.rb"
          RubyVM::InstructionSequence.compile(source, path, path).eval
          true
        end
      end
    end
  end
end

module Kernel
  alias_method :require_from_disk, :require

  def require(name)
    found = Milter::Manager::Library.require_built_in(name)
    found.nil? ? require_from_disk(name) : found
  end

  # Also as Kernel.require.
  module_function :require
end
