# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

# What would end or replace the manager's process, or take its signals, is refused; a forked child never runs on
# into the manager's own code.
module Milter
  module Manager
    module Guard
      # The manager's own, and the child watching of Ruby's system and backticks.
      SIGNALS = %w[HUP TERM INT USR1 CHLD CLD].freeze
      EXIT = Process.method(:exit!)
      TRAP = Signal.method(:trap)
      private_constant :EXIT, :TRAP

      module_function

      def refuse(name, instead)
        raise NotImplementedError, "#{name} would end or change the manager itself: #{instead}"
      end

      def trap(signal, *arguments, &block)
        name = signal.is_a?(Integer) ? Signal.signame(signal) : signal.to_s
        name = name.to_s.upcase.delete_prefix("SIG")
        refuse("trap(#{name})", "SIG#{name} belongs to the manager") if SIGNALS.include?(name)
        TRAP.call(signal, *arguments, &block)
      end

      # In a forked child, which has this thread only: it ends without the manager's own exit handlers.
      def leave_at_exit
        at_exit do
          error = $!
          status = error.nil? ? 0 : 1
          status = error.status if error.is_a?(SystemExit)
          [$stdout, $stderr].each(&:flush)
          EXIT.call(status)
        end
      end

      # In a forked child: sockets that are no Ruby object's are the manager's. Left open there, the MTA and the milters
      # would not see the manager close them.
      def close_sockets
        own = ObjectSpace.each_object(IO).filter_map do |io|
          io.fileno unless io.closed?
        rescue IOError
          nil # never opened
        end
        Dir.children("/proc/self/fd").map(&:to_i).each do |number|
          next if number < 3 || own.include?(number)
          IO.for_fd(number).close if File.stat("/proc/self/fd/#{number}").socket?
        rescue SystemCallError
          next # closed meanwhile
        end
      rescue SystemCallError
        nil # no such folder here: not Linux
      end

      module Forking
        def _fork
          pid = super
          if pid.zero?
            Guard.close_sockets
            Guard.leave_at_exit
          end
          pid
        end
      end
    end
  end
end

module Kernel
  def exit!(*)
    Milter::Manager::Guard.refuse("exit!", "use return or raise")
  end

  def exec(*)
    Milter::Manager::Guard.refuse("exec", "use system or Process.spawn")
  end

  def trap(signal, *arguments, &block)
    Milter::Manager::Guard.trap(signal, *arguments, &block)
  end

  # Also as Kernel.exec.
  module_function :exit!, :exec, :trap
end

class << Process
  def exit!(*)
    Milter::Manager::Guard.refuse("Process.exit!", "use return or raise")
  end

  def exec(*)
    Milter::Manager::Guard.refuse("Process.exec", "use system or Process.spawn")
  end

  def daemon(*)
    Milter::Manager::Guard.refuse("Process.daemon", "use manager.daemon = true")
  end

  prepend Milter::Manager::Guard::Forking
end

class << Signal
  def trap(signal, *arguments, &block)
    Milter::Manager::Guard.trap(signal, *arguments, &block)
  end
end
