# SPDX-License-Identifier: GPL-3.0-or-later
# frozen_string_literal: true

module Milter
  module Manager
    # The folders that relative names in load, load_if_exist and database.load_models are looked up in.
    class LoadPath
      def initialize(folders, sources)
        @folders = folders.dup
        @sources = sources
      end

      def to_a
        @folders.dup
      end

      # The files that path names. An absolute one is taken as it is. A relative one is, in the first folder that has
      # it, all files of a folder of that name or the file; otherwise what it matches as a pattern in all folders.
      def resolve(path)
        path = path.to_path if path.respond_to?(:to_path)
        path = String(path)
        @sources.find(path) { look_for(path) } || raise(ConfigurationLoader::NonexistentPath, path)
      end

      private

      # nil if there is nothing.
      def look_for(path)
        return (File.exist?(path) ? [path] : nil) if File.absolute_path?(path)

        matched = []
        @folders.each do |folder|
          full = File.join(folder, path)
          return files_in(full) if File.directory?(full)
          return [full] if File.exist?(full)
          matched.concat(Dir.glob(path, base: folder).map { |name| File.join(folder, name) })
        end
        matched = matched.reject { |name| File.directory?(name) }
        matched unless matched.empty?
      end

      def files_in(folder)
        Dir.children(folder).sort.map { |name| File.join(folder, name) }.reject { |name| File.directory?(name) }
      end
    end
  end
end
