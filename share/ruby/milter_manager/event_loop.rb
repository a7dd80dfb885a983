# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # What manager.event_loop_created gives to its blocks: timers. They run one after the other on a thread of their
    # own; one that takes long delays the others, and no mail.
    class EventLoop
      Timer = Struct.new(:id, :due, :interval, :block)
      private_constant :Timer

      def initialize
        @lock = Monitor.new
        @changed = @lock.new_cond
        @timers = []
        @last_id = 0
        @stopped = false
        @maintaining = false
        @thread = nil
        @pid = Process.pid
      end

      # Calls the block every `seconds`, until it returns nil or false. Returns what remove takes.
      def add_timeout(seconds, &block)
        raise ArgumentError, "add_timeout needs a block" unless block
        interval = Float(seconds)
        raise ArgumentError, "seconds should be positive but was #{seconds.inspect}" unless interval.positive?
        add(interval, block)
      end

      # Calls the block when nothing else is due, again and again until it returns nil or false.
      def add_idle(&block)
        raise ArgumentError, "add_idle needs a block" unless block
        add(0, block)
      end

      def remove(id)
        @lock.synchronize { !@timers.reject! { |timer| timer.id == id }.nil? }
      end

      # Runs what manager.maintained and manager.report_memory_statistics ask for.
      def maintain(generation)
        return unless Maintenance.wanted?(generation)
        @lock.synchronize do
          return if @maintaining
          @maintaining = true
          add(0, -> { maintenance(generation) })
        end
      end

      # Nothing more runs.
      def kill
        @lock.synchronize { @stopped = true }
        @thread&.kill
      end

      def join(seconds)
        thread = @thread
        thread.nil? || thread.join(seconds)
      end

      def inspect
        "#<#{self.class}>"
      end

      private

      def add(interval, block)
        @lock.synchronize do
          timer = Timer.new(@last_id += 1, now + interval, interval, block)
          @timers << timer
          start_thread
          @changed.signal
          timer.id
        end
      end

      def maintenance(generation)
        Maintenance.run(generation)
        false # once
      ensure
        @maintaining = false
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end

      def start_thread
        return if @stopped || @thread&.alive?
        @thread = Thread.new { run }
        @thread.report_on_exception = false
      end

      def run
        run_timer(next_timer) until @stopped || forked?
      ensure
        ended_by_a_block unless @stopped || forked?
      end

      def ended_by_a_block
        @lock.synchronize do
          @thread = nil
          start_thread unless @timers.empty?
        end
      end

      # A block forked without a block of its own: the child ends with this thread.
      def forked?
        Process.pid != @pid
      end

      def next_timer
        @lock.synchronize do
          loop do
            timer = @timers.min_by(&:due)
            return timer if timer && timer.due <= now
            @changed.wait(timer && [timer.due - now, 0.001].max)
          end
        end
      end

      def run_timer(timer)
        @lock.synchronize { timer.due = now + timer.interval }
        again = false
        again = timer.block.call
      rescue Exception => error # exit too
        Failure.new(error).log("event-loop")
      ensure
        DatabaseConnection.give_back
        remove(timer.id) unless again
      end
    end
  end
end
