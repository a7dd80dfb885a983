# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The configuration's files as one reading found them. Another process that is given them reads the same, whatever has become of
    # the files since: what one process has found good is what all others serve with.
    class Sources
      # packed: what pack gave for an earlier reading, or nil to read the files.
      def initialize(packed = nil)
        @found, @texts = packed ? Marshal.load(packed) : [{}, {}]
      end

      def pack
        Marshal.dump([@found, @texts])
      end

      # The block's answer for that name, the files that it stands for, or the one that it gave then; nil: there was none. What
      # was found of a host's milters is kept in the same way.
      def find(name)
        @found.fetch(name) { @found[name] = yield }
      end

      # A whole file, without a byte order mark.
      def read(file)
        bytes = @texts.fetch(file) { @texts[file] = File.binread(file) }
        text = bytes.dup.force_encoding(Encoding::UTF_8)
        text.delete_prefix("\u{feff}")
      end
    end
  end
end
