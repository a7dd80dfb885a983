# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What manager.maintained and manager.report_memory_statistics have asked for. Run every
    # manager.maintenance_interval sessions, and when there is none left.
    module Maintenance
      RESIDENT = /^VmRSS:\s+(\d+) kB/.freeze
      private_constant :RESIDENT

      module_function

      def wanted?(generation)
        manager = GENERATIONS[generation]&.manager
        !manager.nil? && (manager.reports_memory_statistics? || !manager.maintained_hooks.empty?)
      end

      # One hook that raises doesn't keep the others from running.
      def run(generation)
        manager = GENERATIONS[generation]&.manager
        return if manager.nil?
        manager.maintained_hooks.each do |hook|
          hook.call
        rescue Exception => error # exit too
          Failure.new(error).log("maintain", block: hook)
        end
        report_memory if manager.reports_memory_statistics?
      end

      # As it has always been written; GLib objects there are none.
      def report_memory
        counts = ObjectSpace.count_objects
        kilobytes = RESIDENT.match(File.read("/proc/self/status"))&.[](1) || 0
        procs = ObjectSpace.each_object(Proc).count
        Native.log("statistics", "[maintain][memory] (#{kilobytes}KB) " \
                                 "total:#{counts[:TOTAL] - counts[:FREE]} Proc:#{procs} GLib::Object:0")
      rescue SystemCallError
        nil # no such file here: not Linux
      end
    end
  end
end
